//! JSON-RPC by jsonrpsee's server, over HTTP and WebSocket.
//!
//! ```
//! use jsonrpsee::core::middleware::RpcServiceBuilder;
//! use jsonrpsee::server::ServerBuilder;
//! use telemetry_http::rpc::jsonrpsee::Layer;
//!
//! let rpc = RpcServiceBuilder::new().layer(Layer::new());
//! let http = tower::ServiceBuilder::new().layer(telemetry_http::Layer::new());
//! let server = ServerBuilder::default().set_rpc_middleware(rpc).set_http_middleware(http);
//! # let _ = server;
//! ```
//!
//! Errors and known procedures are as in [`json`](super::json). Over HTTP a call is a child of its
//! request's span where the [server layer](crate::Layer) is jsonrpsee's HTTP middleware; over a WebSocket,
//! whose request has ended with its upgrade, it begins a trace. A batch makes one span per call, each as
//! long as the batch, since jsonrpsee answers it in one piece. A subscription's call ends when it is
//! accepted; a notification, which jsonrpsee answers to nobody, is a call without a status.

mod layer;
mod service;

pub use layer::Layer;
pub use service::Service;
