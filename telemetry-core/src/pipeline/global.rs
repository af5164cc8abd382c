use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use super::shared::Shared;
use crate::metric::attach_static_instruments_to;
use crate::sync::lock;

static GLOBAL: Mutex<Option<Arc<Shared>>> = Mutex::new(None);

/// Changes whenever the global does, so that threads may keep what they looked up.
static STATE: AtomicU64 = AtomicU64::new(1);

/// The number of the global's present state.
#[inline]
pub(super) fn state() -> u64 {
    STATE.load(Ordering::Acquire)
}

pub(super) fn shared() -> Option<Arc<Shared>> {
    lock(&GLOBAL).clone()
}

/// Makes `shared` the global pipeline, unless there is one that hasn't been shut down.
pub(super) fn install(shared: &Arc<Shared>) -> Result<(), AlreadyInstalled> {
    let mut global = lock(&GLOBAL);
    if global.as_ref().is_some_and(|present| !present.is_stopped()) {
        return Err(AlreadyInstalled);
    }
    *global = Some(Arc::clone(shared));
    STATE.fetch_add(1, Ordering::Release);
    attach_static_instruments_to(&shared.registry);
    Ok(())
}

/// Removes `shared` if it is the global pipeline.
pub(super) fn remove(shared: &Shared) {
    let mut global = lock(&GLOBAL);
    if global.as_ref().is_some_and(|present| present.id == shared.id) {
        *global = None;
        STATE.fetch_add(1, Ordering::Release);
    }
}

/// There is a global pipeline already; a second one would split the telemetry in two. After
/// [`Pipeline::shutdown`](super::Pipeline::shutdown) another may be installed.
///
/// ```
/// use telemetry_core::Pipeline;
///
/// let (one, other) = (Pipeline::builder().build()?, Pipeline::builder().build()?);
/// assert!(one.install_global().is_ok());
/// assert!(other.install_global().is_err());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlreadyInstalled;

impl fmt::Display for AlreadyInstalled {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a global telemetry pipeline is installed already")
    }
}

impl Error for AlreadyInstalled {}
