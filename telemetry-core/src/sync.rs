//! Synchronisation: locks that don't mind a panic, and the atomics of the ring, which are loom's while
//! the ring is model-checked (`--cfg telemetry_loom`; a cfg of our own, since tokio reads `loom`) and
//! the standard library's otherwise.

use std::sync::{Mutex, MutexGuard, PoisonError};

#[cfg(telemetry_loom)]
pub(crate) use loom::sync::atomic::{AtomicPtr, Ordering};
#[cfg(not(telemetry_loom))]
pub(crate) use std::sync::atomic::{AtomicPtr, Ordering};

/// Locks; a panic of another holder doesn't stop telemetry.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
