//! Bridges from other facades into this engine.

#[cfg(feature = "tracing")]
pub mod tracing;
