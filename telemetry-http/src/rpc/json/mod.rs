//! JSON-RPC 2.0 over HTTP, whatever answers it.
//!
//! ```
//! use axum::{Router, routing::post};
//! use telemetry_http::rpc::json;
//!
//! # async fn answer(body: String) -> String { body }
//! let app: Router = Router::new()
//!     .route("/rpc", post(answer))
//!     .layer(json::Layer::new().methods(["orders.place", "orders.cancel"]))
//!     .layer(telemetry_http::Layer::new());
//! ```
//!
//! The layer reads what is posted as JSON, up to 64 KiB, and hands it on unchanged; what is longer, and
//! what isn't JSON-RPC 2.0, passes unread. Of each call in it there is a span; a batch has as many as it
//! has calls. What answers runs within the span of a call that comes alone, and within that of the
//! request where there are several, which take as long as their batch.
//!
//! The answer passes as it comes and is looked at, up to 64 KiB, for the errors in it.
//!
//! | what happens | `rpc.status_code` | `error.type` | span status |
//! |---|---|---|---|
//! | a result, or the answer is too long or isn't JSON | – | – | unset |
//! | an error | its code (`-32602`) | the same | error |
//! | no answer to the call, but a status of HTTP from 400 on | – | that status | error |
//! | the service or the body returns an error | – | its class or `_OTHER` | error |
//! | the client leaves before the answer's last byte | – | – | unset; `client_disconnected` |
//! | something panics | – | `panic` | error |
//!
//! # Which procedures are known
//!
//! Those that are [declared](Layer::methods), and those that were once answered by a result, or by an
//! error that an application makes: not those of the protocol (`-32700`, `-32600`, `-32601`) and not
//! servers' own (`-32000` to `-32099`), which often come before the procedure is looked for.

mod body;
mod calls;
mod future;
mod layer;
mod message;
mod request_body;
mod service;

pub use body::Body;
#[cfg(feature = "jsonrpsee")]
pub(super) use calls::Calls;
pub use future::ResponseFuture;
pub use layer::Layer;
#[cfg(feature = "jsonrpsee")]
pub(super) use message::Called;
pub use request_body::RequestBody;
pub use service::Service;

/// Longer bodies aren't read.
const MAX_BODY: usize = 64 * 1024;
