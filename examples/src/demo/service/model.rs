//! [`Model`]: the desk's assistant, by way of the AI providers.

use std::fmt;
use std::time::Duration;

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

/// The machine that portraits are made on, which Replicate doesn't say.
const PORTRAIT_MACHINE: &str = "gpu-l40s";

/// How often a portrait is asked after, and for how long at the most.
const BETWEEN_LOOKS: Duration = Duration::from_millis(120);
const MOST_LOOKS: u32 = 40;

/// The assistant, who has several providers. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Model {
    openai: ClientWithMiddleware,
    anthropic: ClientWithMiddleware,
    replicate: ClientWithMiddleware,
    provider: String,
}

impl Model {
    /// The assistant whose providers are all at `provider`.
    pub(super) fn new(provider: &str) -> Result<Self, Problem> {
        let url = Url::parse(provider).map_err(Problem::failed)?;
        let client = Client::builder().no_proxy().build().map_err(Problem::failed)?;
        // The providers' own hosts are known to the middleware. What stands in for one here must be
        // introduced, and then has its prices.
        let introduced = |provider: Provider| {
            let rule = EndpointRule::host(url.host_str().unwrap_or_default().to_owned());
            url.port_or_known_default()
                .into_iter()
                .fold(rule.provider(provider), EndpointRule::port)
        };
        let observed = |rule: EndpointRule| {
            let middleware = Middleware::builder().endpoint(rule).build();
            ClientBuilder::new(client.clone()).with(middleware).build()
        };
        Ok(Self {
            openai: observed(introduced(Provider::OPENAI)),
            anthropic: observed(introduced(Provider::ANTHROPIC)),
            replicate: observed(introduced(Provider::REPLICATE).hardware(PORTRAIT_MACHINE)),
            provider: provider.to_owned(),
        })
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

    /// Has a long text told in a few words.
    pub(super) async fn digest(&self, text: &str) -> Result<String, ModelError> {
        let request = self.anthropic.post(format!("{}/v1/messages", self.provider));
        let request = request.header("x-api-key", KEY).header("anthropic-version", "2023-06-01");
        let response = accepted(
            request
                .json(&json!({
                    "model": "claude-haiku-4-5",
                    "max_tokens": 60,
                    "messages": [{ "role": "user", "content": text }],
                }))
                .send()
                .await?,
        )?;
        let message: Value = response.json().await?;
        let content = message["content"][0]["text"].as_str();
        content.map(str::to_owned).ok_or(ModelError::Nonsense)
    }

    /// Has a picture made and says where it is: a job, submitted and asked after.
    pub(super) async fn portrait(&self, of: &str) -> Result<String, ModelError> {
        let url = format!("{}/v1/models/support-desk/portrait/predictions", self.provider);
        let input = json!({ "input": { "prompt": format!("a friendly portrait of {of}") } });
        let request = self.replicate.post(url).bearer_auth(KEY).json(&input);
        let mut job: Value = accepted(request.send().await?)?.json().await?;
        for _ in 0..MOST_LOOKS {
            match (job["status"].as_str(), job["urls"]["get"].as_str()) {
                (Some("starting" | "processing"), Some(url)) => {
                    tokio::time::sleep(BETWEEN_LOOKS).await;
                    let look = self.replicate.get(url).bearer_auth(KEY).send().await?;
                    job = accepted(look)?.json().await?;
                }
                (Some("succeeded"), _) => {
                    let url = job["output"][0].as_str();
                    return url.map(str::to_owned).ok_or(ModelError::Nonsense);
                }
                _ => break,
            }
        }
        Err(ModelError::Nonsense)
    }

    async fn send(&self, request: &Value) -> Result<Response, ModelError> {
        let url = format!("{}/v1/chat/completions", self.provider);
        accepted(self.openai.post(url).bearer_auth(KEY).json(request).send().await?)
    }
}

/// The response, unless it is a refusal.
fn accepted(response: Response) -> Result<Response, ModelError> {
    match response.status() {
        status if status.is_success() => Ok(response),
        StatusCode::TOO_MANY_REQUESTS => {
            Err(ModelError::Busy { retry_after: response.headers().get(RETRY_AFTER).cloned() })
        }
        status => Err(ModelError::Refused(status)),
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
