//! Recorded shapes of every provider and operation, served over HTTP in pieces cut at random bytes.
//!
//! The client resolves each provider's own host to the server on the loopback, so that recognition
//! is a part of what is tested.

mod anthropic;
mod bedrock;
mod bedrock_vendors;
mod cohere;
mod comfyui_socket;
mod compatible;
mod compatible_again;
mod gemini;
mod gemini_terms;
mod google_and_anthropic_jobs;
mod jobs;
mod media;
mod ollama;
mod openai;
mod openai_events;
mod served_elsewhere;
mod untouched;

pub(crate) use bedrock::event;
use std::{convert::Infallible, io, sync::Arc};

use axum::{
    body::{Body, Bytes},
    extract::Request,
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt as _, stream};
use reqwest_middleware::ClientWithMiddleware;
use telemetry_ai::{EndpointRule, Middleware, MiddlewareBuilder, Provider};
use telemetry_core::testing::{Capture, CapturedSpan};

use crate::provider::{PATIENCE, Server, only_span};

/// A request and its answer, as they were recorded, and what must be known of them after.
pub(crate) struct Exchange {
    /// With the provider's own host, and `http` for `https`.
    pub(crate) url: &'static str,
    pub(crate) request: &'static str,
    pub(crate) media_type: &'static str,
    pub(crate) headers: &'static [(&'static str, &'static str)],
    pub(crate) answer: Vec<u8>,
    /// The name of the span.
    pub(crate) span: &'static str,
    /// Attributes as text; `-` for one that must not be.
    pub(crate) expected: &'static [(&'static str, &'static str)],
}

impl Exchange {
    pub(crate) fn json(url: &'static str, request: &'static str) -> Self {
        Self {
            url,
            request,
            media_type: "application/json",
            headers: &[],
            answer: Vec::new(),
            span: "",
            expected: &[],
        }
    }

    pub(crate) fn events(url: &'static str, request: &'static str) -> Self {
        Self { media_type: "text/event-stream; charset=utf-8", ..Self::json(url, request) }
    }

    pub(crate) fn answers(mut self, answer: impl Into<Vec<u8>>) -> Self {
        self.answer = answer.into();
        self
    }

    pub(crate) fn headed(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        self.headers = headers;
        self
    }

    pub(crate) fn framed(mut self, media_type: &'static str) -> Self {
        self.media_type = media_type;
        self
    }

    pub(crate) fn becomes(
        mut self,
        span: &'static str,
        expected: &'static [(&'static str, &'static str)],
    ) -> Self {
        self.span = span;
        self.expected = expected;
        self
    }

    /// Asks in a capture of its own, and gives what was recorded.
    async fn ask(&self, serve: Serve, seed: u64) -> (Capture, CapturedSpan) {
        let capture = Capture::start();
        let server = self.server(serve, seed).await;
        let (client, url) = client_for(&server, self.url, declared());
        capture
            .run_async(async {
                let request =
                    client.post(url).header("content-type", "application/json").body(self.request);
                let response = tokio::time::timeout(PATIENCE, request.send()).await.unwrap();
                let response = match (response, serve) {
                    // The connection may break before the client has seen anything.
                    (Err(_), Serve::Truncated) => return,
                    (response, _) => response.unwrap(),
                };
                let read = tokio::time::timeout(PATIENCE, response.bytes()).await.unwrap();
                match serve {
                    Serve::Whole => assert_eq!(read.unwrap(), self.answer, "{}", self.url),
                    Serve::Truncated => assert!(read.is_err()),
                    Serve::Halting | Serve::Refused(_) => drop(read.unwrap()),
                }
            })
            .await;
        let span = only_span(&capture);
        // Prompts, answers, links, queries and messages of all exchanges hold this word.
        let recorded = format!("{span:?} {:?} {:?}", capture.events(), capture.metrics());
        assert!(!recorded.contains("secret"), "{}: {recorded}", self.url);
        (capture, span)
    }

    /// Reads a first piece, after which nothing comes for now, and drops the response.
    async fn begin(&self) -> Capture {
        let capture = Capture::start();
        let server = self.server(Serve::Halting, 0).await;
        let (client, url) = client_for(&server, self.url, declared());
        capture
            .run_async(async {
                let request = client.post(url).body(self.request);
                let response =
                    tokio::time::timeout(PATIENCE, request.send()).await.unwrap().unwrap();
                let mut body = response.bytes_stream();
                let piece = tokio::time::timeout(PATIENCE, body.next()).await.unwrap();
                assert_eq!(piece.unwrap().unwrap(), self.answer[..8]);
            })
            .await;
        capture
    }

    async fn server(&self, serve: Serve, seed: u64) -> Server {
        let (media_type, headers) = (self.media_type, self.headers);
        let answer = Arc::new(self.answer.clone());
        Server::start(move |request: Request| {
            let answer = answer.clone();
            async move {
                received(request).await;
                match serve {
                    Serve::Whole => respond(media_type, headers, cut(&answer, seed)),
                    Serve::Truncated => {
                        let head = cut(&answer[..answer.len() / 8], seed);
                        let broken = Err(io::Error::other("broken off"));
                        let pieces = head.into_iter().map(Ok).chain([broken]);
                        // What came before the break must have been written before it.
                        let body = Body::from_stream(stream::iter(pieces).then(written));
                        ([("content-type", media_type)], body).into_response()
                    }
                    Serve::Halting => {
                        let first = Bytes::copy_from_slice(&answer[..8]);
                        let rest = stream::once(std::future::pending());
                        let body = stream::iter([Ok::<_, Infallible>(first)]).chain(rest);
                        ([("content-type", media_type)], Body::from_stream(body)).into_response()
                    }
                    Serve::Refused(status) => {
                        let limits = [
                            ("content-type", "application/json"),
                            ("x-ratelimit-remaining-requests", "0"),
                            ("x-ratelimit-limit-requests", "60"),
                            ("retry-after", "7"),
                        ];
                        let body = r#"{"error":{"message":"secret","type":"rate_limit_error"}}"#;
                        (http::StatusCode::from_u16(status).unwrap(), limits, body).into_response()
                    }
                }
            }
        })
        .await
    }
}

/// The hosts that no provider has for all to know.
fn declared() -> MiddlewareBuilder {
    Middleware::builder()
        .endpoint(EndpointRule::host("ollama.internal").provider(Provider::OLLAMA))
        .endpoint(EndpointRule::host("vllm.internal").provider(Provider::VLLM))
}

/// How an exchange is served.
#[derive(Debug, Clone, Copy)]
enum Serve {
    Whole,
    Truncated,
    Halting,
    Refused(u16),
}

/// Yields before each piece, so that the one before is written by itself.
pub(crate) async fn written<T>(piece: T) -> T {
    tokio::task::yield_now().await;
    piece
}

/// Reads a request to its end: a connection that is closed before loses what was answered.
pub(crate) async fn received(request: Request) {
    axum::body::to_bytes(request.into_body(), usize::MAX).await.unwrap();
}

fn respond(
    media_type: &'static str,
    headers: &'static [(&'static str, &'static str)],
    pieces: Vec<Bytes>,
) -> Response {
    let pieces = stream::iter(pieces).then(written).map(Ok::<_, Infallible>);
    let mut response = ([("content-type", media_type)], Body::from_stream(pieces)).into_response();
    for (name, value) in headers {
        let value = http::HeaderValue::from_static(value);
        response.headers_mut().insert(http::HeaderName::from_static(name), value);
    }
    response
}

/// Cuts at random bytes; the same seed cuts the same.
pub(crate) fn cut(answer: &[u8], seed: u64) -> Vec<Bytes> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut pieces = Vec::new();
    let mut rest = answer;
    while !rest.is_empty() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let length = usize::try_from(state % 61).unwrap() + 1;
        let (piece, after) = rest.split_at(length.min(rest.len()));
        pieces.push(Bytes::copy_from_slice(piece));
        rest = after;
    }
    pieces
}

/// A client for which the host of `url` is the server's, and the URL to ask.
pub(crate) fn client_for(
    server: &Server,
    url: &str,
    builder: MiddlewareBuilder,
) -> (ClientWithMiddleware, String) {
    let rest = url.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_at(rest.find('/').unwrap());
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .resolve(host, server.address)
        .build()
        .unwrap();
    let client = reqwest_middleware::ClientBuilder::new(client).with(builder.build()).build();
    (client, format!("http://{host}:{}{path}", server.address.port()))
}

pub(crate) fn assert_span(span: &CapturedSpan, name: &str, expected: &[(&str, &str)], about: &str) {
    assert_eq!(span.name, name, "{about}");
    for (key, value) in expected {
        let found = span.attribute(key).map(ToString::to_string);
        assert_eq!(found.as_deref().unwrap_or("-"), *value, "{key} of {about}: {span:#?}");
    }
}

/// Every exchange that one request makes.
fn exchanges() -> Vec<Exchange> {
    [
        openai::exchanges(),
        openai_events::exchanges(),
        ollama::exchanges(),
        media::exchanges(),
        anthropic::exchanges(),
        gemini::exchanges(),
        google_and_anthropic_jobs::exchanges(),
        bedrock::exchanges(),
        bedrock_vendors::exchanges(),
        cohere::exchanges(),
        compatible::exchanges(),
        compatible_again::exchanges(),
        served_elsewhere::exchanges(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[tokio::test]
async fn every_recorded_exchange_becomes_the_same_span_however_it_is_cut() {
    for exchange in exchanges() {
        for seed in [1, 7] {
            let (_capture, span) = exchange.ask(Serve::Whole, seed).await;
            assert_span(&span, exchange.span, exchange.expected, exchange.url);
            let failed = exchange.expected.iter().any(|(key, _)| *key == "error.type");
            assert_eq!(span.status.is_error(), failed, "{}: {span:#?}", exchange.url);
        }
    }
}

#[tokio::test]
async fn every_exchange_that_breaks_off_is_a_failure_that_keeps_its_usage_or_is_unpriced() {
    for exchange in exchanges() {
        let (capture, span) = exchange.ask(Serve::Truncated, 3).await;
        let about = exchange.url;
        assert!(span.status.is_error(), "{about}: {span:#?}");
        assert_ne!(
            span.attribute("telemetry.gen_ai.cost.status").map(ToString::to_string).as_deref(),
            Some("exact"),
            "{about}"
        );
        let rows = capture.run(telemetry_ai::spend);
        assert_eq!((rows.len(), rows[0].calls, rows[0].failed_calls), (1, 1, 1), "{about}");
    }
}

#[tokio::test]
async fn every_answer_that_is_dropped_halfway_ends_once_as_cancelled() {
    for exchange in exchanges() {
        let capture = exchange.begin().await;
        let (span, about) = (only_span(&capture), exchange.url);
        assert!(!span.status.is_error(), "{about}: {span:#?}");
        let outcome = span.attribute("telemetry.outcome").map(ToString::to_string);
        assert_eq!(outcome.as_deref(), Some("cancelled"), "{about}: {span:#?}");
        let status = span.attribute("telemetry.gen_ai.cost.status").map(ToString::to_string);
        assert_ne!(status.as_deref(), Some("exact"), "{about}");
        let labels = [("telemetry.outcome", "cancelled")];
        assert_eq!(capture.metrics().sum("telemetry.gen_ai.requests", &labels), 1.0, "{about}");
    }
}

#[tokio::test]
async fn every_exchange_that_is_refused_costs_nothing_and_shows_the_limit() {
    for exchange in exchanges() {
        let (capture, span) = exchange.ask(Serve::Refused(429), 5).await;
        let about = exchange.url;
        assert_eq!(span.attribute("error.type").unwrap().to_string(), "429", "{about}");
        assert_eq!(span.attribute("gen_ai.usage.cost.amount"), None, "{about}");
        let metrics = capture.metrics();
        let provider = span.attribute("gen_ai.provider.name").unwrap().to_string();
        let labels = [
            ("gen_ai.provider.name", provider.as_str()),
            ("telemetry.gen_ai.rate_limit.kind", "requests"),
        ];
        assert!(metrics.metric("telemetry.gen_ai.rate_limit.remaining").is_some(), "{about}");
        assert_eq!(metrics.sum("telemetry.gen_ai.rate_limit.remaining", &labels), 0.0);
        assert_eq!(metrics.sum("telemetry.gen_ai.rate_limit.limit", &labels), 60.0);
        assert_eq!(metrics.sum("telemetry.gen_ai.requests", &[("error.type", "429")]), 1.0);
        assert_eq!(metrics.sum("telemetry.gen_ai.unpriced", &[]), 0.0, "{about}");
        assert!(!format!("{span:?}").contains("secret"));
    }
}
