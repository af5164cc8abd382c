//! With the interface of `opentelemetry`.

use std::hint::black_box;

use opentelemetry::trace::{TraceContextExt, Tracer};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::SdkTracer;

use super::Request;

/// Six attributes each.
pub(in crate::cases) fn six_attributes(tracer: SdkTracer) -> impl FnMut(u64) {
    let requests = Request::several();
    move |turn| {
        let request = black_box(Request::at(&requests, turn));
        let attributes = vec![
            KeyValue::new("http.request.method", "GET"),
            KeyValue::new("http.route", "/orders/{id}"),
            KeyValue::new("tenant.id", request.tenant.clone()),
            KeyValue::new("http.response.status_code", request.status),
            KeyValue::new("order.lines", request.lines),
            KeyValue::new("cache.hit", request.cached),
        ];
        let root =
            tracer.span_builder("GET /orders/{id}").with_attributes(attributes).start(&tracer);
        let _root = Context::current_with_span(root).attach();
        {
            let attributes = vec![
                KeyValue::new("db.system.name", "postgresql"),
                KeyValue::new("db.operation.name", "SELECT"),
                KeyValue::new("db.collection.name", request.table.clone()),
                KeyValue::new("db.response.returned_rows", request.rows),
                KeyValue::new("server.port", request.port),
                KeyValue::new("db.pooled", request.cached),
            ];
            let query =
                tracer.span_builder("SELECT orders").with_attributes(attributes).start(&tracer);
            let _query = Context::current_with_span(query).attach();
            black_box(request);
        }
        let attributes = vec![
            KeyValue::new("rpc.system.name", "grpc"),
            KeyValue::new("rpc.method", "Shipping/Quote"),
            KeyValue::new("cloud.region", request.region.clone()),
            KeyValue::new("rpc.request.size", request.bytes),
            KeyValue::new("rpc.attempt", request.attempt),
            KeyValue::new("rpc.retried", request.cached),
        ];
        let call = tracer.span_builder("quote shipping").with_attributes(attributes).start(&tracer);
        let _call = Context::current_with_span(call).attach();
        black_box(request);
    }
}
