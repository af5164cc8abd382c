//! A request traced as a root and two children of six attributes each: texts of the code, texts made
//! at run time, integers and a boolean.

use std::hint::black_box;
use std::time::Duration;

use fastrace::prelude::{LocalSpan, Span, SpanContext};
use opentelemetry::trace::{TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, KeyValue};
use telemetry_core::span;
use tracing::info_span;

use crate::case::{Case, Comparison, Load, Nowhere, Peer, Subject};
use crate::cases::request::Request;
use crate::failure::Failure;
use crate::ours::Ours;
use crate::peers::fastrace::Fastrace;
use crate::peers::opentelemetry_sdk::Sdk;
use crate::peers::tracing_opentelemetry;
use crate::tally::Shape;

pub(in crate::cases) const CASE: Case = Case {
    area: "core",
    name: "request_6_attributes",
    comparison: Comparison::Added { bare },
    load: Load { burst: 100, interval: Duration::from_millis(5), warm_up: 40, bursts: 200 },
    ours,
    peers: &[
        Peer { name: "tracing-opentelemetry", start: tracing_with_sdk },
        Peer { name: "tracing-opentelemetry (lean)", start: tracing_with_sdk_lean },
        Peer { name: "opentelemetry_sdk", start: sdk },
        Peer { name: "fastrace", start: fastrace },
        // No peer, but what our side costs when somebody reads what it delivers.
        Peer { name: "ours (decoded)", start: ours_decoded },
    ],
};

const SHAPE: Shape = Shape { spans: 3, attributes: 6, histogram: None };

fn bare() -> Result<Subject, Failure> {
    let requests = Request::several();
    let operation = move |turn| {
        black_box(Request::at(&requests, turn));
    };
    Ok(Subject::new(operation, Nowhere))
}

fn ours() -> Result<Subject, Failure> {
    Ok(native(Ours::install(SHAPE)?))
}

fn ours_decoded() -> Result<Subject, Failure> {
    Ok(native(Ours::install_decoding(SHAPE)?))
}

fn native(destination: Ours) -> Subject {
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
    };
    Subject::new(operation, destination)
}

fn tracing_with_sdk() -> Result<Subject, Failure> {
    Ok(tracing(tracing_opentelemetry::install(SHAPE)?))
}

fn tracing_with_sdk_lean() -> Result<Subject, Failure> {
    Ok(tracing(tracing_opentelemetry::install_lean(SHAPE)?))
}

fn tracing(destination: Sdk) -> Subject {
    let requests = Request::several();
    let operation = move |turn| {
        let request = black_box(Request::at(&requests, turn));
        info_span!(
            "GET /orders/{id}",
            http.request.method = "GET",
            http.route = "/orders/{id}",
            tenant.id = request.tenant,
            http.response.status_code = request.status,
            order.lines = request.lines,
            cache.hit = request.cached,
        )
        .in_scope(|| {
            info_span!(
                "SELECT orders",
                db.system.name = "postgresql",
                db.operation.name = "SELECT",
                db.collection.name = request.table,
                db.response.returned_rows = request.rows,
                server.port = request.port,
                db.pooled = request.cached,
            )
            .in_scope(|| black_box(request));
            info_span!(
                "quote shipping",
                rpc.system.name = "grpc",
                rpc.method = "Shipping/Quote",
                cloud.region = request.region,
                rpc.request.size = request.bytes,
                rpc.attempt = request.attempt,
                rpc.retried = request.cached,
            )
            .in_scope(|| black_box(request));
        });
    };
    Subject::new(operation, destination)
}

fn sdk() -> Result<Subject, Failure> {
    let destination = Sdk::new(SHAPE);
    let tracer = destination.provider.tracer(env!("CARGO_PKG_NAME"));
    let requests = Request::several();
    let operation = move |turn| {
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
    };
    Ok(Subject::new(operation, destination))
}

fn fastrace() -> Result<Subject, Failure> {
    let destination = Fastrace::install(SHAPE);
    let requests = Request::several();
    let operation = move |turn| {
        let request = black_box(Request::at(&requests, turn));
        let root = Span::root("GET /orders/{id}", SpanContext::random()).with_properties(|| {
            [
                ("http.request.method", "GET".into()),
                ("http.route", "/orders/{id}".into()),
                ("tenant.id", request.tenant.clone().into()),
                ("http.response.status_code", text(request.status)),
                ("order.lines", text(request.lines)),
                ("cache.hit", flag(request.cached)),
            ]
        });
        let _root = root.set_local_parent();
        {
            let _query =
                LocalSpan::enter_with_local_parent("SELECT orders").with_properties(|| {
                    [
                        ("db.system.name", "postgresql".into()),
                        ("db.operation.name", "SELECT".into()),
                        ("db.collection.name", request.table.clone().into()),
                        ("db.response.returned_rows", text(request.rows)),
                        ("server.port", text(request.port)),
                        ("db.pooled", flag(request.cached)),
                    ]
                });
            black_box(request);
        }
        let _call = LocalSpan::enter_with_local_parent("quote shipping").with_properties(|| {
            [
                ("rpc.system.name", "grpc".into()),
                ("rpc.method", "Shipping/Quote".into()),
                ("cloud.region", request.region.clone().into()),
                ("rpc.request.size", text(request.bytes)),
                ("rpc.attempt", text(request.attempt)),
                ("rpc.retried", flag(request.cached)),
            ]
        });
        black_box(request);
    };
    Ok(Subject::new(operation, destination))
}

/// Properties are texts there.
fn text(number: i64) -> std::borrow::Cow<'static, str> {
    number.to_string().into()
}

fn flag(value: bool) -> std::borrow::Cow<'static, str> {
    if value { "true" } else { "false" }.into()
}
