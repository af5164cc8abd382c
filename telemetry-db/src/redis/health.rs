use std::sync::atomic::{AtomicU8, Ordering};

use super::error::Failure;
use super::metrics;
use crate::instruments::Instruments;

/// Whether a connection answers, by what its commands find. Nothing is asked of
/// the server for it.
#[derive(Debug, Default)]
pub(super) struct Health(AtomicU8);

const UNKNOWN: u8 = 0;
const UP: u8 = 1;
const DOWN: u8 = 2;

impl Health {
    /// The server answered, if with an error.
    #[inline]
    pub(super) fn answered(&self, instruments: &Instruments, pool: &str) {
        if self.0.load(Ordering::Relaxed) != UP {
            self.restored(instruments, pool);
        }
    }

    #[cold]
    fn restored(&self, instruments: &Instruments, pool: &str) {
        let before = self.0.swap(UP, Ordering::Relaxed);
        if before != UP {
            metrics::say_up(instruments, pool, true);
        }
        if before == DOWN {
            metrics::count_reconnect(instruments, pool);
        }
    }

    /// A command failed.
    #[cold]
    pub(super) fn failed(&self, instruments: &Instruments, pool: &str, failure: Failure) {
        metrics::count_error(instruments, pool, failure.name);
        if failure.lost {
            if self.0.swap(DOWN, Ordering::Relaxed) != DOWN {
                metrics::say_up(instruments, pool, false);
            }
        } else if failure.is_code {
            self.answered(instruments, pool);
        }
    }
}

const _: () = assert!(UNKNOWN == 0, "the default");
