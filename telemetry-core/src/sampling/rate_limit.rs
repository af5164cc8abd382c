use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock::monotonic_nanos;

/// So many traces a second at the most, with a second's worth in one go after a pause. Clones share
/// the limit.
///
/// How many it left out for each that it kept isn't known, so what it keeps counts as one.
///
/// ```
/// use telemetry_core::RateLimit;
///
/// assert!(RateLimit::per_second(0.1).is_some());
/// assert!(RateLimit::per_second(0.0).is_none() && RateLimit::per_second(f64::NAN).is_none());
/// ```
#[derive(Clone)]
pub struct RateLimit {
    /// Nanoseconds that one trace takes up.
    interval: u64,
    /// When, in nanoseconds of a clock that nobody sets, all that was taken is paid for: the theoretical arrival
    /// time of the generic cell rate algorithm (ITU-T I.371).
    paid_until: Arc<AtomicU64>,
}

impl RateLimit {
    const SECOND: u64 = 1_000_000_000;

    /// The limit, when `traces` is more than zero and no more than a thousand million.
    pub fn per_second(traces: f64) -> Option<Self> {
        (traces > 0.0 && traces <= 1e9).then(|| Self {
            interval: (Self::SECOND as f64 / traces) as u64,
            paid_until: Arc::default(),
        })
    }

    /// Whether there is room for one more; if so it is taken.
    pub(crate) fn takes(&self) -> bool {
        self.takes_at(monotonic_nanos())
    }

    fn takes_at(&self, now: u64) -> bool {
        // A second's worth may be taken at once, one at the least.
        let horizon = now + Self::SECOND.max(self.interval);
        let take = |paid_until: u64| {
            let next = paid_until.max(now) + self.interval;
            (next <= horizon).then_some(next)
        };
        self.paid_until.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }
}

impl PartialEq for RateLimit {
    fn eq(&self, other: &Self) -> bool {
        self.interval == other.interval
    }
}

impl fmt::Debug for RateLimit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/s", Self::SECOND as f64 / self.interval as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_more_is_taken_than_a_seconds_worth_and_what_the_time_allows(
            rate in 1_u32..1000,
            steps in prop::collection::vec(0_u64..50_000_000, 1..500),
        ) {
            let limit = RateLimit::per_second(f64::from(rate)).unwrap();
            let begin = 1_700_000_000_000_000_000;
            let (mut now, mut taken) = (begin, 0_u32);
            for step in steps {
                now += step;
                taken += u32::from(limit.takes_at(now));
            }
            let allowed = f64::from(rate) * (1.0 + (now - begin) as f64 / 1e9);
            prop_assert!(f64::from(taken) <= allowed + 1.0, "{taken} of {allowed}");
        }
    }

    #[test]
    fn a_steady_load_gets_the_whole_rate_and_a_slow_one_its_first() {
        let limit = RateLimit::per_second(10.0).unwrap();
        let begin = 1_700_000_000_000_000_000_u64;
        let taken = (0..10_000).filter(|index| limit.takes_at(begin + index * 1_000_000)).count();
        // Ten seconds and the second's worth that may come at once.
        assert!((109..=111).contains(&taken), "{taken}");
        let hourly = RateLimit::per_second(1.0 / 3600.0).unwrap();
        assert!(hourly.takes_at(begin) && !hourly.takes_at(begin + 1_000_000_000));
    }
}
