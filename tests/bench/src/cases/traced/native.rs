//! With our own macros.

use std::hint::black_box;

use telemetry_core::span;

use super::Request;

/// Six attributes each.
pub(in crate::cases) fn six_attributes() -> impl FnMut(u64) {
    let requests = Request::several();
    move |turn| {
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
        .in_scope(|| {
            span!(
                "SELECT orders",
                "db.system.name" = "postgresql",
                "db.operation.name" = "SELECT",
                "db.collection.name" = &request.table,
                "db.response.returned_rows" = request.rows,
                "server.port" = request.port,
                "db.pooled" = request.cached,
            )
            .in_scope(|| black_box(request));
            span!(
                "quote shipping",
                "rpc.system.name" = "grpc",
                "rpc.method" = "Shipping/Quote",
                "cloud.region" = &request.region,
                "rpc.request.size" = request.bytes,
                "rpc.attempt" = request.attempt,
                "rpc.retried" = request.cached,
            )
            .in_scope(|| black_box(request));
        });
    }
}

/// None.
pub(in crate::cases) fn no_attributes() -> impl FnMut(u64) {
    let requests = Request::several();
    move |turn| {
        let request = black_box(Request::at(&requests, turn));
        span!("GET /orders/{id}").in_scope(|| {
            span!("SELECT orders").in_scope(|| black_box(request));
            span!("quote shipping").in_scope(|| black_box(request));
        });
    }
}
