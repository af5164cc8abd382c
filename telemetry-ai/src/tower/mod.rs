//! A layer for clients that are services of `http` requests.

mod body;
mod error;
mod future;
mod layer;
mod service;

pub use body::{RequestBody, ResponseBody};
pub use error::Error;
pub use future::ResponseFuture;
pub use layer::Layer;
pub use service::Service;
