//! The atomics of the ring: loom's while the ring is model-checked (`--cfg telemetry_loom`; a cfg of
//! our own, since tokio reads `loom`), the standard library's otherwise.

#[cfg(telemetry_loom)]
pub(crate) use loom::sync::atomic::{AtomicPtr, Ordering};
#[cfg(not(telemetry_loom))]
pub(crate) use std::sync::atomic::{AtomicPtr, Ordering};
