//! [`Model`]: the desk's assistant, by way of the AI provider.

use std::fmt;

use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use reqwest::{Client, Response, Url};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use serde_json::{Value, json};
use telemetry_ai::{EndpointRule, Middleware, Provider};

use super::sse::Events;
use crate::demo::command_line::Problem;

/// The key that the local provider is content with.
const KEY: &str = "sk-demo";

/// The assistant. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Model {
    client: ClientWithMiddleware,
    url: String,
}

impl Model {
    /// The assistant at `provider`.
    pub(super) fn new(provider: &str) -> Result<Self, Problem> {
        let url = Url::parse(provider).map_err(Problem::failed)?;
        let host = url.host_str().unwrap_or_default().to_owned();
        // api.openai.com is known to the middleware. What stands in for it here must be introduced,
        // and then has OpenAI's prices.
        let rule = EndpointRule::host(host).provider(Provider::OPENAI);
        let rule = url.port_or_known_default().into_iter().fold(rule, EndpointRule::port);
        let client = Client::builder().no_proxy().build().map_err(Problem::failed)?;
        let client =
            ClientBuilder::new(client).with(Middleware::builder().endpoint(rule).build()).build();
        Ok(Self { client, url: format!("{provider}/v1/chat/completions") })
    }

    /// Asks and waits for the whole answer, of a word or two.
    pub(super) async fn ask(&self, question: &str) -> Result<String, ModelError> {
        let response = self
            .send(&json!({
                "model": "gpt-4o",
                "messages": [{ "role": "user", "content": question }],
                "max_completion_tokens": 4,
            }))
            .await?;
        let completion: Value = response.json().await?;
        let content = completion["choices"][0]["message"]["content"].as_str();
        content.map(str::to_owned).ok_or(ModelError::Nonsense)
    }

    /// Asks and gives the answer word by word.
    pub(super) async fn stream(&self, conversation: &[Value]) -> Result<Events, ModelError> {
        let response = self
            .send(&json!({
                "model": "gpt-4o-mini",
                "messages": conversation,
                "temperature": 0.3,
                "stream": true,
                // Without it a stream doesn't say what it used, and nobody can say what it cost.
                "stream_options": { "include_usage": true },
            }))
            .await?;
        Ok(Events::of(response))
    }

    async fn send(&self, request: &Value) -> Result<Response, ModelError> {
        let response = self.client.post(&self.url).bearer_auth(KEY).json(request).send().await?;
        match response.status() {
            StatusCode::OK => Ok(response),
            StatusCode::TOO_MANY_REQUESTS => {
                Err(ModelError::Busy { retry_after: response.headers().get(RETRY_AFTER).cloned() })
            }
            status => Err(ModelError::Refused(status)),
        }
    }
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum ModelError {
    /// Too many requests.
    Busy {
        /// What the provider says of when to come back.
        retry_after: Option<HeaderValue>,
    },
    /// Another refusal.
    Refused(StatusCode),
    /// The answer isn't one.
    Nonsense,
    /// The provider can't be reached, or the connection broke.
    Transport(reqwest_middleware::Error),
}

impl From<reqwest_middleware::Error> for ModelError {
    fn from(error: reqwest_middleware::Error) -> Self {
        Self::Transport(error)
    }
}

impl From<reqwest::Error> for ModelError {
    fn from(error: reqwest::Error) -> Self {
        Self::Transport(error.into())
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy { .. } => out.write_str("the provider is busy"),
            Self::Refused(status) => write!(out, "the provider answered {status}"),
            Self::Nonsense => out.write_str("the provider's answer makes no sense"),
            Self::Transport(error) => write!(out, "the provider can't be reached: {error}"),
        }
    }
}

impl std::error::Error for ModelError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Transport(error) => Some(error),
            _ => None,
        }
    }
}
