//! A span of our own where telemetry was never started, as a share of one of `tracing` without a
//! subscriber.

use std::hint::black_box;

use telemetry_core::span;
use tracing::info_span;

use crate::case::{Case, Comparison, Cores, Load, Peer, Subject};
use crate::cases::traced::Request;
use crate::destination::Nowhere;
use crate::failure::Failure;

pub(in crate::cases) const CASE: Case = Case {
    area: "core",
    name: "uninitialised_span",
    comparison: Comparison::Share,
    cores: Cores::One,
    load: Load::INSTANTS,
    ours,
    peers: &[Peer::new("tracing", tracing)],
};

fn ours() -> Result<Subject, Failure> {
    let requests = Request::several();
    let operation = move |turn| {
        let request = black_box(Request::at(&requests, turn));
        span!(
            "GET /orders/{id}",
            "http.request.method" = "GET",
            "tenant.id" = &request.tenant,
            "order.lines" = request.lines,
        )
        .in_scope(|| black_box(()));
    };
    Ok(Subject::new(operation, Nowhere))
}

fn tracing() -> Result<Subject, Failure> {
    let requests = Request::several();
    let operation = move |turn| {
        let request = black_box(Request::at(&requests, turn));
        info_span!(
            "GET /orders/{id}",
            http.request.method = "GET",
            tenant.id = request.tenant,
            order.lines = request.lines,
        )
        .in_scope(|| black_box(()));
    };
    Ok(Subject::new(operation, Nowhere))
}
