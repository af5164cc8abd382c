use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use http::Extensions;

/// How often a request has been sent: an extension of it.
#[derive(Clone, Debug)]
pub(super) enum Attempts {
    /// By those who have the same extensions.
    Own(u32),
    /// By all copies of the request.
    Shared(Calls),
}

/// The attempts of one call.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls(Arc<AtomicU32>);

impl Attempts {
    /// Counts one more and says how many there were before.
    pub(super) fn next(extensions: &mut Extensions) -> u32 {
        match extensions.get_or_insert_with(|| Self::Own(0)) {
            Self::Own(count) => {
                *count = count.saturating_add(1);
                *count - 1
            }
            Self::Shared(calls) => calls.0.fetch_add(1, Ordering::Relaxed),
        }
    }

    /// Has the copies that will be made of the request counted together.
    pub(super) fn share(extensions: &mut Extensions) -> Calls {
        if let Some(Self::Shared(calls)) = extensions.get() {
            return calls.clone();
        }
        let calls = Calls::default();
        extensions.insert(Self::Shared(calls.clone()));
        calls
    }
}

impl Calls {
    /// How many there were.
    pub(super) fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}
