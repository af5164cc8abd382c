//! A root of six attributes that the sampler leaves out and a view counts by one of them, beside the same
//! span sampled by a peer, which has no metrics of spans.

use std::hint::black_box;

use telemetry_core::view::counter;
use telemetry_core::{Pipeline, Sampler, span};

use super::span_unsampled::sdk_span;
use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::cases::traced::{self, Request};
use crate::failure::Failure;
use crate::ours::Ours;
use crate::peers::opentelemetry_sdk::Sdk;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "core",
    name: "span_record_only",
    comparison: Comparison::Added { bare: traced::bare },
    cores: Cores::One,
    load: Load::SHORT,
    ours,
    peers: &[Peer::new("opentelemetry_sdk", opentelemetry_sdk).expected(3.0)],
};

/// The view's metric counts the operations.
const COUNTED: &str = "orders.requests";

fn ours() -> Result<Subject, Failure> {
    let view = counter(COUNTED).of_span("GET /orders/{id}").by(["tenant.id"]);
    let builder = Pipeline::builder().sampler(Sampler::AlwaysOff).view(view);
    let destination = Ours::install_built(builder, Shape::metric(COUNTED))?;
    let requests = Request::several();
    let operation = move |turn| {
        let request = black_box(Request::at(&requests, turn));
        span!(
            "GET /orders/{id}",
            "http.request.method" = "GET",
            "http.route" = "/orders/{id}",
            "tenant.id" = &request.tenant,
            "http.response.status_code" = request.status,
            "order.lines" = request.lines,
            "cache.hit" = request.cached,
        )
        .in_scope(|| black_box(request));
    };
    Ok(Subject::new(operation, destination))
}

fn opentelemetry_sdk() -> Result<Subject, Failure> {
    let destination = Sdk::new(Shape::spans(1, 6));
    let (tracer, requests) = (destination.tracer(), Request::several());
    let operation = move |turn| {
        let request = black_box(Request::at(&requests, turn));
        sdk_span(&tracer, request, |_| ());
    };
    Ok(Subject::new(operation, destination))
}
