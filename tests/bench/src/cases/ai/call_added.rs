//! The same call answered at once, without a network: what observing it adds.

use axum::http::{self, Extensions};
use bytes::Bytes;
use reqwest::{Body, Request, Response};
use reqwest_middleware::{Middleware, Next, Result};

use super::call_4k::SHAPE;
use super::calls::Calls;
use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::destination::Nowhere;
use crate::failure::Failure;
use crate::ours::Ours;
use crate::peers::reqwest_tracing;
use crate::provider;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "ai",
    name: "call_added",
    comparison: Comparison::Added { bare },
    cores: Cores::One,
    load: Load::REQUESTS,
    ours,
    peers: &[Peer::new("reqwest-tracing", reqwest_tracing).expected(3.0)],
};

/// Method, server, port, address and status: the peer reads no answer and knows no cost.
const OF_PEER: Shape = Shape::spans(1, 5);

/// It goes nowhere: OpenAI by its name.
const ADDRESS: &str = "api.openai.com";

fn bare() -> std::result::Result<Subject, Failure> {
    let mut calls = Calls::new(ADDRESS, |client| client.with(Answers::new()))?;
    Ok(Subject::of_bursts(move |number| calls.burst(number), Nowhere))
}

fn ours() -> std::result::Result<Subject, Failure> {
    let destination = Ours::install(SHAPE)?;
    let middleware = telemetry_ai::Middleware::new();
    let mut calls = Calls::new(ADDRESS, |client| client.with(middleware).with(Answers::new()))?;
    Ok(Subject::of_bursts(move |number| calls.burst(number), destination))
}

fn reqwest_tracing() -> std::result::Result<Subject, Failure> {
    let destination = reqwest_tracing::install(OF_PEER)?;
    let middleware = ::reqwest_tracing::TracingMiddleware::default();
    let mut calls = Calls::new(ADDRESS, |client| client.with(middleware).with(Answers::new()))?;
    Ok(Subject::of_bursts(move |number| calls.burst(number), destination))
}

/// Stands in the network's place.
struct Answers(Bytes);

impl Answers {
    fn new() -> Self {
        Self(Bytes::from(provider::answer()))
    }
}

#[async_trait::async_trait]
impl Middleware for Answers {
    async fn handle(&self, _: Request, _: &mut Extensions, _: Next<'_>) -> Result<Response> {
        let mut response = http::Response::new(Body::from(self.0.clone()));
        let json = http::HeaderValue::from_static("application/json");
        response.headers_mut().insert(http::header::CONTENT_TYPE, json);
        Ok(response.into())
    }
}
