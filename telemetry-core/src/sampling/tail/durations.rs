use std::time::Duration;

/// How long the operations of one kind take, to tell which of them are slow.
///
/// Counts by the duration's binary exponent and the two bits behind it, so each limit is at most a
/// quarter above the duration that it stands for. Halved now and then, so that the recent past decides.
#[derive(Clone, Debug)]
pub(super) struct Durations {
    counts: Box<[u32; Self::BUCKETS]>,
    total: u32,
}

impl Durations {
    /// Up to 2^40 ns, 18 minutes, in steps of a quarter of an octave.
    const BUCKETS: usize = 4 * 40;
    /// Durations that are seen before any counts as slow.
    const ENOUGH: u32 = 100;
    /// Durations after which all counts are halved.
    const HALVED_AT: u32 = 20_000;

    /// Adds a duration and tells whether it is longer than 99 of 100 of those before.
    pub(super) fn is_slow(&mut self, duration: Duration) -> bool {
        let bucket = Self::bucket(duration);
        let slow = self.total >= Self::ENOUGH && {
            let longer: u32 = self.counts[bucket..].iter().sum();
            u64::from(longer) * 100 < u64::from(self.total)
        };
        self.counts[bucket] += 1;
        self.total += 1;
        if self.total >= Self::HALVED_AT {
            self.counts.iter_mut().for_each(|count| *count /= 2);
            self.total = self.counts.iter().sum();
        }
        slow
    }

    fn bucket(duration: Duration) -> usize {
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX).max(4);
        let exponent = nanos.ilog2();
        let quarter = (nanos >> (exponent - 2)) & 3;
        (exponent as usize * 4 + quarter as usize).min(Self::BUCKETS - 1)
    }
}

impl Default for Durations {
    fn default() -> Self {
        Self { counts: Box::new([0; Self::BUCKETS]), total: 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_takes_much_longer_than_usual_is_slow_and_the_usual_is_not() {
        let mut durations = Durations::default();
        let usual = |index: u64| Duration::from_micros(1000 + index % 50);
        assert!((0..1000).all(|index| !durations.is_slow(usual(index))));
        assert!(durations.is_slow(Duration::from_millis(5)));
        assert!(!durations.is_slow(usual(0)));
        // What becomes usual is no longer slow.
        let slow = (0..100).filter(|_| durations.is_slow(Duration::from_millis(5))).count();
        assert!((5..20).contains(&slow), "{slow}");
    }

    #[test]
    fn of_a_steady_mixture_about_one_in_a_hundred_is_slow_at_the_most() {
        let mut durations = Durations::default();
        let slow = (0_u64..50_000)
            .map(|index| Duration::from_nanos(1_000 + index.wrapping_mul(0x9e37_79b9) % 10_000_000))
            .filter(|duration| durations.is_slow(*duration))
            .count();
        assert!(slow <= 500, "{slow}");
    }

    proptest! {
        #[test]
        fn longer_durations_never_come_before_shorter_ones(one: u64, other: u64) {
            let (one, other) = (one.min(other), one.max(other));
            let bucket = |nanos| Durations::bucket(Duration::from_nanos(nanos));
            prop_assert!(bucket(one) <= bucket(other));
        }
    }
}
