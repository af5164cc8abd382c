//! [`into_baggage`]: who a request is for, told to everything that it causes.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use telemetry_core::{Context, ContextExt, Span};

/// Puts the tenant of the header `x-tenant-id` into the baggage, from where the AI layer takes it
/// to say who spent what; and on the span of the request.
///
/// A service that many can reach takes the tenant from the session instead: a header can say
/// anything.
pub(super) async fn into_baggage(request: Request, next: Next) -> Response {
    let tenant = request.headers().get("x-tenant-id");
    let Some(tenant) = tenant.and_then(|value| value.to_str().ok()).filter(|name| is_name(name))
    else {
        return next.run(request).await;
    };
    Span::current_set("tenant.id", tenant);
    let context = Context::current();
    let context = context.with_baggage(context.baggage().with("tenant.id", tenant));
    next.run(request).in_context(context).await
}

fn is_name(name: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=40).contains(&name.len()) && name.bytes().all(known)
}
