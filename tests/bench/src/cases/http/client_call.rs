//! A request by reqwest that is answered at once, without a network: what observing a call adds.

use std::hint::black_box;

use axum::http::{self, Extensions};
use reqwest::{Body, Client, Request, Response, Url};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next, Result};
use tokio::runtime::{Builder, Runtime};

use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::destination::Nowhere;
use crate::failure::Failure;
use crate::ours::Ours;
use crate::peers::reqwest_tracing;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "http",
    name: "client_call",
    comparison: Comparison::Added { bare },
    cores: Cores::One,
    load: Load::REQUESTS,
    ours,
    peers: &[Peer::new("reqwest-tracing", reqwest_tracing).expected(5.0)],
};

/// Method, server, port, address and status.
const SHAPE: Shape = Shape::spans(1, 5);

fn bare() -> std::result::Result<Subject, Failure> {
    let mut calls = Calls::new(|client| client)?;
    Ok(Subject::of_bursts(move |requests| calls.burst(requests), Nowhere))
}

/// A span, four metrics and the trace context in the headers; the peer has no metrics.
fn ours() -> std::result::Result<Subject, Failure> {
    let shape = SHAPE.and_metric("http.client.request.duration");
    let destination = Ours::install(shape)?;
    let mut calls = Calls::new(|client| client.with(telemetry_http::client::Middleware::new()))?;
    Ok(Subject::of_bursts(move |requests| calls.burst(requests), destination))
}

fn reqwest_tracing() -> std::result::Result<Subject, Failure> {
    let destination = reqwest_tracing::install(SHAPE)?;
    let middleware = ::reqwest_tracing::TracingMiddleware::default();
    let mut calls = Calls::new(|client| client.with(middleware))?;
    Ok(Subject::of_bursts(move |requests| calls.burst(requests), destination))
}

/// A client and where it calls.
struct Calls {
    runtime: Runtime,
    client: ClientWithMiddleware,
    addresses: Vec<Url>,
}

impl Calls {
    /// The client with the middleware that `with` gives it, around one that answers.
    fn new(
        with: impl FnOnce(ClientBuilder) -> ClientBuilder,
    ) -> std::result::Result<Self, Failure> {
        let client = Client::builder().no_proxy().build()?;
        let addresses: std::result::Result<_, _> =
            (0..8).map(|id| format!("http://shop.example:8080/orders/{id}").parse()).collect();
        Ok(Self {
            runtime: Builder::new_current_thread().build()?,
            client: with(ClientBuilder::new(client)).with(Answers).build(),
            addresses: addresses?,
        })
    }

    /// Makes so many calls, one after the other.
    fn burst(&mut self, requests: u64) {
        let Self { runtime, client, addresses } = self;
        runtime.block_on(async {
            for address in addresses.iter().cycle().take(requests as usize) {
                let Ok(response) = client.get(address.clone()).send().await else { continue };
                black_box(response.bytes().await.ok());
            }
        });
    }
}

/// Stands in the network's place.
struct Answers;

#[async_trait::async_trait]
impl Middleware for Answers {
    async fn handle(&self, request: Request, _: &mut Extensions, _: Next<'_>) -> Result<Response> {
        black_box(request.headers());
        Ok(http::Response::new(Body::from("an order")).into())
    }
}
