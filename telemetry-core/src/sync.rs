//! Synchronisation: locks that don't mind a panic, and the atomics of the ring and of the list of
//! active spans, which are loom's while those are model-checked (`--cfg telemetry_loom`; a cfg of our own, since tokio reads `loom`) and
//! the standard library's otherwise.

use std::sync::{Mutex, MutexGuard, PoisonError};

#[cfg(telemetry_loom)]
pub(crate) use loom::sync::atomic::{AtomicPtr, AtomicU64, Ordering, fence};
#[cfg(not(telemetry_loom))]
pub(crate) use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering, fence};

/// Locks; a panic of another holder doesn't stop telemetry.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
