//! Procedures that are called from elsewhere: gRPC, JSON-RPC, and any typed procedure.
//!
//! # What is recorded
//!
//! One span per call, of kind server where it is answered and client where it is made, named by the
//! procedure as the
//! [conventions for RPC](https://opentelemetry.io/docs/specs/semconv/rpc/rpc-spans/) have it
//! (`shop.Orders/Place`); by the system alone where the procedure isn't a known one. Under the
//! [server layer](crate::Layer) it is a child of the request's span.
//!
//! | attribute | is | set |
//! |---|---|---|
//! | `rpc.system.name` | `grpc`, `jsonrpc`, or as it is said | always |
//! | `rpc.method` | the procedure; `_OTHER` when it isn't a known one | always |
//! | `rpc.method_original` | as it was called, at most 256 bytes | with `_OTHER` |
//! | `rpc.status_code` | `OK`, `NOT_FOUND`, `-32602` | where the system has one |
//! | `error.type` | the status, or the class of the error | on errors |
//! | `server.address`, `server.port` | the server as the client calls it | where known |
//! | `jsonrpc.request.id`, `jsonrpc.protocol.version` | of a JSON-RPC request | where sent |
//! | `telemetry.outcome` | `client_disconnected`, `cancelled` or `panicked` | where that happened |
//!
//! Two metrics, in seconds with the conventions' bounds: `rpc.server.call.duration` and
//! `rpc.client.call.duration`, by `rpc.system.name`, `rpc.method` and, where they are set,
//! `rpc.status_code`, `error.type` and `telemetry.outcome`; those of clients by server as well. A span
//! and its metric hold the very same duration.
//!
//! # Which procedures are known
//!
//! Whoever calls can make up names, so not every name labels metrics: those do that the service has
//! declared, or that it has answered in a way that shows there is such a procedure. Up to 1,024
//! are learned; the rest are `_OTHER`. What a [`call`] is named by code is always known.

mod call;
mod failure;
#[cfg(feature = "tonic")]
pub mod grpc;
mod guard;
mod instruments;
#[cfg(feature = "json-rpc")]
pub mod json;
#[cfg(feature = "jsonrpsee")]
pub mod jsonrpsee;
#[cfg(any(feature = "tonic", feature = "json-rpc"))]
mod methods;
mod run;

use std::borrow::Cow;

pub use call::Call;
pub use failure::Failure;
pub use guard::CallGuard;
pub use run::{Run, TryRun};

/// A call of the procedure `method` in `system`, which is answered here unless it is said that it is
/// made ([`Call::client`]). For what has typed procedures and no layer here: the router of an
/// application, a queue of commands.
///
/// The names are code, and few.
///
/// ```
/// use telemetry_http::rpc;
///
/// # async fn place() -> Result<u32, std::io::Error> { Ok(17) }
/// # async fn example() -> Result<(), std::io::Error> {
/// let order = rpc::call("trpc", "orders.place").try_run(place()).await?;
/// # Ok(())
/// # }
/// ```
pub fn call(system: impl Into<Cow<'static, str>>, method: impl Into<Cow<'static, str>>) -> Call {
    Call::new(system.into(), method.into())
}
