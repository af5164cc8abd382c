//! Requests that a service answers.
//!
//! # What is recorded
//!
//! One span of kind server per request, named `{method} {route}`, or `{method}` where no route
//! matched; `HTTP` stands for a method that isn't known. Never the path.
//!
//! | attribute | is | set |
//! |---|---|---|
//! | `http.request.method` | the method; `_OTHER` when it isn't [known](Layer#known-methods) | always |
//! | `http.request.method_original` | as it was sent | with `_OTHER` |
//! | `url.path`, `url.scheme` | path without query; `http` or `https` | always |
//! | `url.query` | values of secret-looking keys replaced by `REDACTED` | with a query |
//! | `http.route` | the matched route | where there is one |
//! | `http.response.status_code` | an integer | when there was a response |
//! | `error.type` | see below | on errors |
//! | `network.protocol.version` | `1.0`, `1.1`, `2`, `3` | always |
//! | `server.address`, `server.port` | of `:authority` or `Host` | where sent |
//! | `user_agent.original` | the header | where sent |
//! | `network.peer.address`, `network.peer.port` | the other end of the connection | where known ([`PeerAddress`]) |
//! | `client.address` | the same, unless [proxies](TrustedProxies) are declared | where known |
//! | `request.id` | the id of the request ([`RequestId`]) | unless switched off |
//! | `telemetry.http.server.time_to_headers` | seconds to the response's head | for bodies of undeclared length, or [asked for](Layer::time_to_headers) |
//! | `telemetry.http.rejection` | the class of the error behind a response below 500 | where the handler says it ([`Failure`]) |
//! | `user.id`, `session.id`, `tenant.id` | who it is made for ([`Identity`]) | where the service says it |
//! | `http.request.header.*`, `http.response.header.*` | headers, as lists | [asked for](Layer::request_headers) |
//! | `http.request.body.size`, `http.response.body.size` | bytes of the bodies | [asked for](Layer::body_sizes_on_spans) |
//! | `telemetry.outcome` | `client_disconnected` or `panicked` | where that happened |
//!
//! Four metrics:
//!
//! | metric | is | unit |
//! |---|---|---|
//! | `http.server.request.duration` | from the request to the last byte of its response, with the conventions' bounds | `s` |
//! | `http.server.active_requests` | requests under way, by method and scheme | `{request}` |
//! | `http.server.request.body.size` | the bytes of its body that the service has read | `By` |
//! | `http.server.response.body.size` | the bytes of its body that were handed to the server | `By` |
//!
//! All but the second are histograms by `http.request.method`, `url.scheme`, `network.protocol.version`
//! and, where they are set, `http.route`, `http.response.status_code` and `error.type`. Series of requests
//! whose client left carry `telemetry.outcome` besides, so that their durations don't mix with those of
//! requests that were answered. A response that never was has no size. The request's bytes are counted
//! where its body is axum's; of other types the `Content-Length` of an answered request counts.
//!
//! Paths that are [excluded](Layer::exclude) are counted by `telemetry.http.server.excluded_requests`.
//!
//! `OTEL_SEMCONV_STABILITY_OPT_IN` with `http/dup` in its list adds the names that the conventions had
//! before (`http.method`, `http.status_code` … on spans; `http.server.duration` in milliseconds,
//! `http.server.request.size`, `http.server.response.size`), for the time of a migration.
//!
//! # How requests end
//!
//! A request is over when the last byte of its response was handed to the server, and not before: the
//! span and the metrics hold the very same duration. Each ends exactly once, whatever happens:
//!
//! | what happens | `http.response.status_code` | `error.type` | status | `telemetry.outcome` |
//! |---|---|---|---|---|
//! | a response below 500, read to its end | as sent | – | unset | – |
//! | a response of 5xx, read to its end | as sent | the code, as text | error | – |
//! | a response without a body: to `HEAD`, 204, 304, empty | as sent | as above | as above | – |
//! | the protocol changes: 101, a tunnel | as sent | – | unset | – |
//! | the service returns an error | – | its class or `_OTHER` | error | – |
//! | the body returns an error | as sent | its class or `_OTHER` | error | – |
//! | the handler or its body panics | where sent | `panic` | error | `panicked` |
//! | the client leaves before the response | – | – | unset | `client_disconnected` |
//! | the client leaves within the body | as sent | – (a 5xx keeps its own) | unset (5xx: error) | `client_disconnected` |
//!
//! A server drops the body once the declared length is sent, and that is an end like any other. A
//! timeout layer *outside* this one drops the request just as a server does whose client left, so it
//! reads `client_disconnected`, and so does a server that stops without waiting for its connections;
//! put timeouts inside, and the response they make is what is recorded.
//!
//! Errors are classed by [`ErrorClass`](telemetry_core::ErrorClass) where they are boxed errors, I/O
//! errors or axum's; those of other types are `_OTHER`. A panic is one whether a layer outside catches
//! it or nobody does.
//!
//! # Routes
//!
//! Under axum the route is the `MatchedPath`, so the layer belongs on the router
//! (`Router::layer`), not around it: routers that were nested with `nest` give the whole route, a
//! fallback none. What is mounted by `nest_service` is known to the outer router by its prefix alone, a
//! pattern that matches everything, and has no route there; put the layer on the inner router then.
//! Elsewhere the service says the route, see [`Route`].

mod arriving;
mod attributes;
pub(crate) mod authority;
mod body;
mod captured_headers;
mod common;
mod context_headers;
mod details;
pub(crate) mod endpoint;
pub(crate) mod error;
mod extras;
mod failure;
mod forwarded;
mod future;
mod hooks;
mod id_hasher;
mod identity;
pub(crate) mod instruments;
mod layer;
mod layer_attributes;
pub(crate) mod method;
mod network;
mod observed;
mod old_names;
mod peer;
mod query;
mod request_bytes;
mod request_guard;
mod request_head;
mod request_headers;
mod request_id;
mod request_span;
mod responding;
mod response_head;
mod route;
pub(crate) mod series;
mod service;
mod settings;
mod stability;
mod tracked;
mod trusted_proxies;

pub use crate::transfer::CountedBody;
pub use body::Body;
pub(crate) use error::error_type;
pub use failure::Failure;
pub use future::ResponseFuture;
#[cfg(feature = "hashed-ids")]
pub use id_hasher::ShortKey;
pub use identity::Identity;
pub use layer::Layer;
pub use peer::PeerAddress;
pub use request_guard::RequestGuard;
pub use request_head::RequestHead;
pub use request_id::RequestId;
pub use request_span::RequestSpan;
pub use response_head::ResponseHead;
pub use route::Route;
pub use service::Service;
pub use trusted_proxies::{ForwardedHeader, InvalidNetwork, TrustedProxies};
