//! Telemetry for HTTP services: layers that observe every request once, to its last byte, whichever way
//! it goes.
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
//! Requests that go out are observed by [`client`], procedures (gRPC, JSON-RPC, your own) by [`rpc`],
//! sockets (WebSocket, Socket.IO) by [`socket`].
//!
//! What exactly is recorded stands in [`server`] and there; the ways of the trace context into and out of a
//! [`http::HeaderMap`] in [`HeaderMapReader`] and [`HeaderMapWriter`].
//!
//! # Feature flags
//!
//! None brings another's library along.
//!
//! * `axum` (default): reads the matched route, the full path and the client's address from axum's own
//!   extensions, and counts the bytes of requests' bodies. Other frameworks say route and address with
//!   [`server::Route`] and [`server::PeerAddress`].
//! * `hashed-ids`: ids of users, sessions and tenants as keyed hashes (`Layer::hash_ids`).
//! * `reqwest`: the middleware for reqwest clients, `client::Middleware`.
//! * `hyper`: knows the errors of hyper's clients in [`client::Layer`].
//! * `tonic`: the layers for gRPC, `rpc::grpc`, and tonic's errors.
//! * `json-rpc`: the layer that reads JSON-RPC 2.0 from bodies, `rpc::json`.
//! * `jsonrpsee`: the layer for jsonrpsee's servers, `rpc::jsonrpsee`.
//! * `axum-ws`: axum's WebSockets, `socket::axum_ws`.
//! * `socketioxide`: Socket.IO, `socket::socketioxide`.

#![forbid(unsafe_code)]

mod address_text;
mod bounds;
pub mod client;
mod headers;
mod known_names;
mod names;
mod redact;
pub mod rpc;
pub mod server;
pub mod socket;
mod traced;
mod transfer;
mod watch;

use telemetry_core::Scope;

pub use headers::{HeaderMapReader, HeaderMapWriter};
pub use server::{Layer, RequestGuard, RequestId};
pub use traced::{Traced, TracedExt, TracedFuture, TracedOutput};

/// The instrumentation scope of everything made here.
pub(crate) static SCOPE: Scope = Scope::new("telemetry-http", env!("CARGO_PKG_VERSION"));
