//! Requests that a service sends.
//!
//! # What is recorded
//!
//! One span of kind client each time that a request is sent, named `{method} {template}`, or `{method}`
//! where nobody says the [template](UrlTemplate); `HTTP` stands for a method that isn't known. Never
//! the path.
//!
//! | attribute | is | set |
//! |---|---|---|
//! | `http.request.method` | the method; `_OTHER` when it isn't [known](crate::Layer#known-methods) | always |
//! | `http.request.method_original` | as it was sent | with `_OTHER` |
//! | `url.full` | the address; credentials and values of secret-looking keys replaced by `REDACTED`, without fragment, at most 4 KiB | always |
//! | `url.template` | the template of the path | where it is [said](UrlTemplate) |
//! | `server.address`, `server.port` | the server, as the request names it | always |
//! | `http.request.resend_count` | how often it was sent before | from the second time on |
//! | `http.response.status_code` | an integer | when there was a response |
//! | `network.protocol.version` | `1.0`, `1.1`, `2`, `3` | when there was a response |
//! | `network.peer.address`, `network.peer.port` | of the connection | where the client tells (reqwest) |
//! | `error.type` | see below | on errors |
//! | `telemetry.outcome` | `cancelled` or `panicked` | where that happened |
//!
//! Four metrics: `http.client.request.duration` in seconds with the conventions' bounds,
//! `http.client.request.body.size` and `http.client.response.body.size` in bytes, by
//! `http.request.method`, `server.address`, `server.port`, and, where they are set, `url.template`,
//! `http.response.status_code`, `error.type`, `network.protocol.version` and `telemetry.outcome`; and
//! `http.client.active_requests` by method, server and template. They count every request, sampled or
//! not. Connections aren't observed: the clients' connectors show nobody what they make.
//!
//! The trace context and the baggage go along in the formats that the pipeline's propagators name.
//!
//! # How requests end
//!
//! A request is over when the last byte of its response has come: span and metrics hold the very same
//! duration. Each ends exactly once, whatever happens:
//!
//! | what happens | `http.response.status_code` | `error.type` | status | `telemetry.outcome` |
//! |---|---|---|---|---|
//! | a response below 400, read to its end | as sent | – | unset | – |
//! | a response of 4xx or 5xx | as sent | the code, as text | error | – |
//! | the name isn't found | – | `dns` | error | – |
//! | no connection comes about | – | `connect` | error | – |
//! | it takes too long | where sent | `timeout` | error | – |
//! | the connection breaks | where sent | `network_error` | error | – |
//! | too many redirects; what came can't be decoded; the request isn't one | where sent | `redirect`; `decode`; `invalid_request` | error | – |
//! | the client returns another error | where sent | its [class](telemetry_core::ErrorClass) or `_OTHER` | error | – |
//! | the caller stops waiting, or drops the body | where sent | – (from 400 on its own) | unset (error) | `cancelled` |
//! | something panics | where sent | `panic` | error | `panicked` |
//!
//! # Calls, retries, redirects
//!
//! Each time that something goes over the wire is a span of its own, as the conventions ask for;
//! [`Layer::of_calls`] ties those of one call together. reqwest follows redirects unseen: with its
//! policy switched off and [`Redirects`] in its place each is an attempt.

mod attempts;
mod body;
mod error;
mod future;
mod guard;
mod instruments;
mod labels;
mod layer;
#[cfg(feature = "reqwest")]
mod reqwest;
mod series;
mod service;
mod settings;
mod target;
mod template;

pub use body::Body;
#[cfg(feature = "tonic")]
pub(crate) use error::as_known_error;
pub use future::ResponseFuture;
pub use guard::RequestGuard;
pub use layer::Layer;
#[cfg(feature = "reqwest")]
pub use reqwest::{Middleware, Redirects};
pub use service::Service;
pub use template::UrlTemplate;
