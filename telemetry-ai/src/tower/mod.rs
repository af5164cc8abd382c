//! A layer for clients that are services of `http` requests.

mod body;
mod future;
mod layer;
mod service;

pub use body::{RequestBody, ResponseBody};
pub use future::ResponseFuture;
pub use layer::Layer;
pub use service::Service;
