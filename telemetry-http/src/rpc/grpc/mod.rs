//! gRPC, as tower layers around tonic.
//!
//! ```
//! use telemetry_http::rpc::grpc;
//! use tonic::transport::{Endpoint, Server};
//!
//! // What is answered:
//! let server = Server::builder().layer(grpc::ServerLayer::new());
//! # let _ = server;
//!
//! // What is called:
//! # async fn client() -> Result<(), Box<dyn std::error::Error>> {
//! let endpoint = Endpoint::from_static("http://orders.internal:50051");
//! let channel = tower::ServiceBuilder::new()
//!     .layer(grpc::ClientLayer::new(endpoint.uri()))
//!     .service(endpoint.connect_lazy());
//! // let client = OrdersClient::new(channel);
//! # Ok(())
//! # }
//! ```
//!
//! A call is over with its trailers, whatever kinds of streams it has: span and metric cover the whole
//! of it. What isn't `application/grpc` passes untouched.
//!
//! # How calls end
//!
//! | what happens | `rpc.status_code` | `error.type` | span status |
//! |---|---|---|---|
//! | the server answers `OK` | `OK` | – | unset |
//! | it answers another status, seen by a client | as sent | the same | error |
//! | `UNKNOWN`, `DEADLINE_EXCEEDED`, `UNIMPLEMENTED`, `INTERNAL`, `UNAVAILABLE`, `DATA_LOSS`, seen by the server | as sent | the same | error |
//! | another status, seen by the server | as sent | – | unset |
//! | a code that there is not | `UNKNOWN` | `UNKNOWN` | error |
//! | no status comes, but one of HTTP | as [gRPC maps it](https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md) | the same | error |
//! | the transport fails, seen by a client | what tonic makes of it, mostly `UNAVAILABLE` | the same | error |
//! | it is broken off after its deadline (`grpc-timeout`) | `DEADLINE_EXCEEDED` | the same | error |
//! | nobody waits any more | `CANCELLED` | – (`CANCELLED`, seen by a client) | unset (error) |
//! | something panics | `UNKNOWN` | `panic` | error |
//!
//! A client whose deadline passes mostly breaks the call off a moment before the server's own clock says
//! so, which then sees `CANCELLED`. A call that nobody waits for has `telemetry.outcome` besides: `client_disconnected` for the server,
//! `cancelled` for the client. A timeout that only the server knows (`Server::timeout`) looks the same.
//!
//! # Which procedures are known
//!
//! A client's are. A server's are from the first time that one is answered in a way that shows there is
//! such a procedure: by any status but `UNIMPLEMENTED` and those that often come from what stands before
//! it (`CANCELLED`, `PERMISSION_DENIED`, `RESOURCE_EXHAUSTED`, `UNAUTHENTICATED`, `UNAVAILABLE`), or when
//! they are [declared](ServerLayer::methods).

mod body;
mod client_layer;
mod code;
mod future;
mod observation;
mod server_layer;
mod service;

pub use body::Body;
pub use client_layer::ClientLayer;
pub use future::ResponseFuture;
pub use server_layer::ServerLayer;
pub use service::Service;
