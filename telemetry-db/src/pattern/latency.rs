use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Durations in buckets that grow by a fifth each: a quantile read from them is
/// at most a tenth off.
#[derive(Debug)]
pub(super) struct Latency([AtomicU64; BUCKETS]);

/// From a microsecond to half an hour.
const BUCKETS: usize = 124;
const PER_OCTAVE: u64 = 4;
/// 2^10 ns.
const FIRST_OCTAVE: u64 = 10;

impl Latency {
    pub(super) fn new() -> Self {
        Latency([const { AtomicU64::new(0) }; BUCKETS])
    }

    #[inline]
    pub(super) fn record(&self, nanos: u64) {
        if let Some(bucket) = self.0.get(bucket(nanos)) {
            bucket.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many there were.
    pub(super) fn count(&self) -> u64 {
        self.0.iter().map(|bucket| bucket.load(Ordering::Relaxed)).sum()
    }

    /// The duration below which the given part of all were.
    pub(super) fn quantile(&self, part: f64) -> Duration {
        let counts: Vec<u64> = self.0.iter().map(|it| it.load(Ordering::Relaxed)).collect();
        let all: u64 = counts.iter().sum();
        let rank = (part * all as f64).ceil().max(1.0) as u64;
        let mut before = 0;
        for (at, count) in counts.iter().enumerate() {
            before += count;
            if before >= rank {
                return middle(at);
            }
        }
        Duration::ZERO
    }
}

fn bucket(nanos: u64) -> usize {
    let nanos = nanos.max(1 << FIRST_OCTAVE);
    let octave = u64::from(nanos.ilog2());
    // The two bits below the highest one: a quarter of an octave, evenly cut.
    let quarter = nanos >> (octave - 2) & (PER_OCTAVE - 1);
    let bucket = (octave - FIRST_OCTAVE) * PER_OCTAVE + quarter;
    usize::try_from(bucket).unwrap_or(BUCKETS).min(BUCKETS - 1)
}

fn middle(bucket: usize) -> Duration {
    let bucket = bucket as u64;
    let octave = 1_u64 << (FIRST_OCTAVE + bucket / PER_OCTAVE);
    let quarter = octave / PER_OCTAVE;
    Duration::from_nanos(octave + quarter * (bucket % PER_OCTAVE) + quarter / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_a_tenth_off_at_most() {
        for nanos in (10..37).map(|power| 3_u64 << power) {
            let latency = Latency::new();
            let duration = Duration::from_nanos(nanos);
            latency.record(nanos);
            let read = latency.quantile(0.5).as_secs_f64();
            assert!((read / duration.as_secs_f64() - 1.0).abs() < 0.125, "{duration:?} {read}");
        }
    }

    #[test]
    fn a_quantile_has_its_part_below() {
        let latency = Latency::new();
        (1..=1_000).for_each(|millis| latency.record(millis * 1_000_000));
        for (part, millis) in [(0.5, 500.0), (0.95, 950.0), (0.99, 990.0), (1.0, 1_000.0)] {
            let read = latency.quantile(part).as_secs_f64() * 1_000.0;
            assert!((read / millis - 1.0).abs() < 0.125, "{part}: {read}");
        }
    }

    #[test]
    fn every_duration_has_a_bucket() {
        let latency = Latency::new();
        for nanos in [0, 1, u64::MAX] {
            latency.record(nanos);
        }
        assert!(latency.quantile(0.1) < Duration::from_micros(2));
        assert!(latency.quantile(1.0) > Duration::from_secs(1_000));
    }
}
