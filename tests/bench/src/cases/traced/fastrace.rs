//! With `fastrace`, whose attributes are texts.

use std::borrow::Cow;
use std::hint::black_box;

use fastrace::prelude::{LocalSpan, Span, SpanContext};

use super::Request;

/// Six attributes each.
pub(in crate::cases) fn six_attributes() -> impl FnMut(u64) {
    let requests = Request::several();
    move |turn| {
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
    }
}

/// None.
pub(in crate::cases) fn no_attributes() -> impl FnMut(u64) {
    let requests = Request::several();
    move |turn| {
        let request = black_box(Request::at(&requests, turn));
        let root = Span::root("GET /orders/{id}", SpanContext::random());
        let _root = root.set_local_parent();
        {
            let _query = LocalSpan::enter_with_local_parent("SELECT orders");
            black_box(request);
        }
        let _call = LocalSpan::enter_with_local_parent("quote shipping");
        black_box(request);
    }
}

fn text(number: i64) -> Cow<'static, str> {
    number.to_string().into()
}

fn flag(value: bool) -> Cow<'static, str> {
    if value { "true" } else { "false" }.into()
}
