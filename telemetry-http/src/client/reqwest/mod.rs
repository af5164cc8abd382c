//! reqwest, by the middleware of reqwest-middleware.

mod future;
mod middleware;
mod redirects;

pub use middleware::Middleware;
pub use redirects::Redirects;
pub(super) use redirects::TooManyRedirects;
