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
//! | `client.address`, `network.peer.address`, `network.peer.port` | of the connection; no forwarding header is believed | where known ([`PeerAddress`]) |
//! | `request.id` | the id of the request ([`RequestId`]) | unless switched off |
//! | `telemetry.outcome` | `client_disconnected` or `panicked` | where that happened |
//!
//! Two metrics: `http.server.request.duration`, a histogram in seconds with the conventions' bounds,
//! by `http.request.method`, `url.scheme`, `network.protocol.version` and, where they are set,
//! `http.route`, `http.response.status_code` and `error.type`; and `http.server.active_requests` by
//! method and scheme. Series of requests whose client left carry `telemetry.outcome` besides, so that
//! their durations don't mix with those of requests that were answered. Paths that are
//! [excluded](Layer::exclude) are counted by `telemetry.http.server.excluded_requests`.
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

mod attributes;
pub(crate) mod authority;
mod body;
mod context_headers;
mod endpoint;
pub(crate) mod error;
mod future;
pub(crate) mod instruments;
mod layer;
pub(crate) mod method;
mod observation;
mod peer;
mod request_headers;
mod request_id;
mod route;
pub(crate) mod series;
mod server_name;
mod service;
mod settings;

pub use body::Body;
pub use future::ResponseFuture;
pub use layer::Layer;
pub use observation::RequestGuard;
pub use peer::PeerAddress;
pub use request_id::RequestId;
pub use route::Route;
pub use service::Service;
