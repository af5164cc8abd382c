use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use http::Extensions;

/// How often a request has been sent: an extension of it.
#[derive(Clone, Debug)]
pub(super) enum Attempts {
    /// By those who have the same extensions; from the second time on.
    Own(u32),
    /// By all copies of the request.
    Shared(Calls),
}

/// The same of a request that has been sent once, as most are: of no size, so that it takes no memory.
#[derive(Clone, Copy, Debug)]
struct SentOnce;

/// The attempts of one call.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls(Arc<AtomicU32>);

impl Attempts {
    /// Counts one more and says how many there were before.
    pub(super) fn next(extensions: &mut Extensions) -> u32 {
        if let Some(known) = extensions.get_mut() {
            return match known {
                Self::Own(count) => {
                    *count = count.saturating_add(1);
                    *count - 1
                }
                Self::Shared(calls) => calls.0.fetch_add(1, Ordering::Relaxed),
            };
        }
        if extensions.insert(SentOnce).is_none() {
            return 0;
        }
        extensions.insert(Self::Own(2));
        1
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
