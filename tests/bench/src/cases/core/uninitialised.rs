//! A layer's guard around an operation where telemetry was never started, as a share of a span of
//! `tracing` without a subscriber.

use std::hint::black_box;

use axum::http::{Request, Response};
use telemetry_http::RequestGuard;
use tracing::info_span;

use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::destination::Nowhere;
use crate::failure::Failure;

pub(in crate::cases) const CASE: Case = Case {
    area: "core",
    name: "uninitialised",
    comparison: Comparison::Share,
    cores: Cores::One,
    load: Load::INSTANTS,
    ours,
    peers: &[Peer::new("tracing", tracing).expected(5.0)],
};

fn ours() -> Result<Subject, Failure> {
    let request = Request::get("/orders/17").body(())?;
    let mut response = Response::new(());
    let operation = move |_| {
        let mut guard = RequestGuard::start(black_box(&request));
        guard.in_scope(|| black_box(()));
        guard.respond(black_box(&mut response));
        guard.end();
    };
    Ok(Subject::new(operation, Nowhere))
}

/// With fields, which nobody asks for.
fn tracing() -> Result<Subject, Failure> {
    let request = Request::get("/orders/17").body(())?;
    let operation = move |_| {
        let request = black_box(&request);
        let span = info_span!(
            "request",
            http.request.method = request.method().as_str(),
            url.path = request.uri().path(),
            http.response.status_code = tracing::field::Empty,
        );
        span.in_scope(|| black_box(()));
        span.record("http.response.status_code", 200);
    };
    Ok(Subject::new(operation, Nowhere))
}
