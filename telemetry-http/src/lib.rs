//! Telemetry for HTTP services: one layer that observes every request once, to its last byte.
//!
//! [`Layer`] goes around any [`tower`](tower_service) service of `http` requests: axum, hyper, tonic.
//! Of each request it makes
//!
//! * a server span `{method} {route}` with the stable attributes of the
//!   [HTTP conventions](https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server-span),
//!   beneath the remote parent that the `traceparent` header names, or another header that the
//!   pipeline's [propagators](telemetry_core::propagation::Propagators) read;
//! * the metrics `http.server.request.duration`, `http.server.active_requests` and the sizes of both
//!   bodies;
//! * a request id, taken over or made, which the response carries as `x-request-id`.
//!
//! ```
//! use axum::{Router, extract::Path, routing::get};
//!
//! async fn order(Path(id): Path<u64>) -> String {
//!     telemetry_core::Span::current_set("order.id", id);
//!     format!("order {id}")
//! }
//!
//! let app: Router = Router::new()
//!     .route("/orders/{id}", get(order))
//!     .layer(telemetry_http::Layer::new());
//! ```
//!
//! Middleware and handlers get spans of their own on request: [`TracedExt::traced`].
//!
//! Without a pipeline (`telemetry_export::init!`) requests and responses pass through untouched.
//!
//! What exactly is recorded stands in [`server`]; the ways of the trace context into and out of a
//! [`http::HeaderMap`] in [`HeaderMapReader`] and [`HeaderMapWriter`].
//!
//! # Feature flags
//!
//! * `axum` (default): reads the matched route, the full path and the client's address from axum's own
//!   extensions, and counts the bytes of requests. Other frameworks say route and address with
//!   [`server::Route`] and [`server::PeerAddress`].
//! * `hashed-ids`: ids of users, sessions and tenants as keyed hashes (`Layer::hash_ids`).

#![forbid(unsafe_code)]

mod bounds;
pub mod client;
mod headers;
mod names;
mod redact;
pub mod rpc;
pub mod server;
pub mod socket;
mod traced;
mod transfer;

use telemetry_core::Scope;

pub use headers::{HeaderMapReader, HeaderMapWriter};
pub use server::{Layer, RequestGuard, RequestId};
pub use traced::{Traced, TracedExt, TracedFuture, TracedOutput};

/// The instrumentation scope of everything made here.
pub(crate) static SCOPE: Scope = Scope::new("telemetry-http", env!("CARGO_PKG_VERSION"));
