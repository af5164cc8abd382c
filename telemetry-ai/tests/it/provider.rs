//! A provider on the loopback, and a client that looks at it through the middleware.

use std::{convert::Infallible, future::Future, net::SocketAddr, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Request,
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt as _, stream};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use telemetry_ai::{EndpointRule, Middleware, MiddlewareBuilder, Provider};
use telemetry_core::testing::{Capture, CapturedSpan};
use tokio::{net::TcpListener, task::JoinHandle};

/// Nothing here takes longer unless it hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const PLAIN: &str = r#"{"id":"chatcmpl-1","object":"chat.completion","model":"gpt-4o-2024-08-06","service_tier":"default","system_fingerprint":"fp_1",
 "choices":[{"index":0,"message":{"role":"assistant","content":"Hello \"there\" 🦀"},"finish_reason":"stop"}],
 "usage":{"prompt_tokens":2006,"completion_tokens":300,"total_tokens":2306,
  "prompt_tokens_details":{"cached_tokens":1920,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":64,"audio_tokens":0}}}"#;

/// The pieces of a stream, each an event.
pub(crate) const STREAM: [&str; 5] = [
    "data: {\"id\":\"chatcmpl-2\",\"model\":\"gpt-4o-2024-08-06\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"Hé\"},\"finish_reason\":null}],\"usage\":null}\n\n",
    "data: {\"id\":\"chatcmpl-2\",\"model\":\"gpt-4o-2024-08-06\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"llo 🦀\"},\"finish_reason\":null}],\"usage\":null}\n\n",
    "data: {\"id\":\"chatcmpl-2\",\"model\":\"gpt-4o-2024-08-06\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n",
    "data: {\"id\":\"chatcmpl-2\",\"model\":\"gpt-4o-2024-08-06\",\"choices\":[],\"usage\":{\"prompt_tokens\":1117,\"completion_tokens\":46,\"total_tokens\":1163}}\n\n",
    "data: [DONE]\n\n",
];

pub(crate) const REQUEST: &str = r#"{"model":"gpt-4o","messages":[{"role":"user","content":"Hi"}],"max_tokens":100,"temperature":0.5}"#;
pub(crate) const STREAM_REQUEST: &str =
    r#"{"model":"gpt-4o","stream":true,"stream_options":{"include_usage":true},"messages":[]}"#;

/// A server that is torn down with the test.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Server {
    /// Answers every request with `answer`.
    pub(crate) async fn start<F, Fut, R>(answer: F) -> Self
    where
        F: Fn(Request) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = R> + Send + 'static,
        R: IntoResponse + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().fallback(move |request: Request| {
            let answer = answer.clone();
            async move { answer(request).await.into_response() }
        });
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, task }
    }

    /// Answers every request with this JSON.
    pub(crate) async fn of_json(document: impl Into<String>) -> Self {
        let document = document.into();
        Self::start(move |_| {
            let document = document.clone();
            async move { json(document) }
        })
        .await
    }

    /// Answers every request with these pieces of a stream.
    pub(crate) async fn of_stream(pieces: impl IntoIterator<Item = impl AsRef<[u8]>>) -> Self {
        let pieces: Vec<Bytes> =
            pieces.into_iter().map(|piece| Bytes::copy_from_slice(piece.as_ref())).collect();
        Self::start(move |_| {
            let pieces = pieces.clone();
            async move { events(stream::iter(pieces)) }
        })
        .await
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/v1/chat/completions", self.address)
    }

    /// The server as one of OpenAI's.
    pub(crate) fn rule(&self) -> EndpointRule {
        EndpointRule::host("127.0.0.1").port(self.address.port()).provider(Provider::OPENAI)
    }

    /// A client that looks at the server as one of OpenAI's.
    pub(crate) fn client(&self) -> ClientWithMiddleware {
        self.client_of(Middleware::builder())
    }

    pub(crate) fn client_of(&self, builder: MiddlewareBuilder) -> ClientWithMiddleware {
        let middleware = builder.endpoint(self.rule()).build();
        ClientBuilder::new(plain_client()).with(middleware).build()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

pub(crate) fn plain_client() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap()
}

pub(crate) fn json(document: impl Into<String>) -> Response {
    ([("content-type", "application/json")], document.into()).into_response()
}

pub(crate) fn events(pieces: impl stream::Stream<Item = Bytes> + Send + 'static) -> Response {
    let body = Body::from_stream(pieces.map(Ok::<_, Infallible>));
    ([("content-type", "text/event-stream; charset=utf-8")], body).into_response()
}

/// Sends a request to the server's chat completions.
pub(crate) async fn ask(
    client: &ClientWithMiddleware,
    url: &str,
    body: &'static str,
) -> reqwest_middleware::Result<reqwest::Response> {
    let request = client.post(url).header("content-type", "application/json").body(body);
    tokio::time::timeout(PATIENCE, request.send()).await.unwrap()
}

/// Asks and reads the whole answer.
pub(crate) async fn answer(client: &ClientWithMiddleware, url: &str, body: &'static str) -> Bytes {
    let response = ask(client, url, body).await.unwrap();
    tokio::time::timeout(PATIENCE, response.bytes()).await.unwrap().unwrap()
}

/// The one span that the capture must hold.
pub(crate) fn only_span(capture: &Capture) -> CapturedSpan {
    let mut spans = capture.spans();
    assert_eq!(spans.len(), 1, "{spans:#?}");
    capture.assert_ledger_balances();
    spans.remove(0)
}

/// Fails unless the span has exactly this attribute.
#[macro_export]
macro_rules! assert_attribute {
    ($span:expr, $key:expr, none) => {
        assert_eq!($span.attribute($key), None, "{}", $key)
    };
    ($span:expr, $key:expr, $value:expr) => {
        assert!(
            $span.attribute($key).is_some_and(|value| *value == $value),
            "{}: {:?}",
            $key,
            $span.attribute($key)
        )
    };
}
