//! Bridges from other facades into this engine.

mod directives;
#[cfg(feature = "log")]
pub mod log;
#[cfg(any(feature = "log", feature = "tracing"))]
mod privacy;
#[cfg(any(feature = "log", feature = "tracing"))]
mod scopes;
#[cfg(any(feature = "log", feature = "tracing"))]
mod text;
#[cfg(feature = "tracing")]
pub mod tracing;
#[cfg(all(feature = "log", feature = "tracing"))]
mod twin;

pub use directives::{DirectiveError, Directives};
