use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering, fence};
use std::thread;

use super::index::index;
use super::total::{ExponentialBuckets, ExponentialTotal};
use super::{MAX_BUCKETS, MAX_SCALE, MIN_SCALE, excess};

/// One thread's share of an exponential histogram. Only that thread writes.
///
/// Entering a value is an addition. Where the buckets change their meaning, which happens thirty times
/// in a cell's life at the most, the writer makes `sequence` odd meanwhile, and who reads tries again:
/// the writer never waits.
#[derive(Debug)]
pub(in crate::metric) struct ExponentialCell {
    sequence: AtomicU32,
    scale: AtomicI32,
    zeros: AtomicU64,
    positive: Side,
    negative: Side,
}

/// The buckets of one sign. The bucket of an index is at the index modulo their number, so that the
/// range grows at either end without moving anything; those outside the range are zero.
#[derive(Debug)]
struct Side {
    first: AtomicI32,
    last: AtomicI32,
    counts: OnceLock<Box<[AtomicU64; MAX_BUCKETS]>>,
}

impl ExponentialCell {
    pub(in crate::metric) fn new() -> Self {
        Self {
            sequence: AtomicU32::new(0),
            scale: AtomicI32::new(MAX_SCALE),
            zeros: AtomicU64::new(0),
            positive: Side::new(),
            negative: Side::new(),
        }
    }

    /// Enters a finite value.
    #[inline]
    pub(in crate::metric) fn record(&self, value: f64) {
        if value == 0.0 {
            return add(&self.zeros, 1);
        }
        let side = if value > 0.0 { &self.positive } else { &self.negative };
        let finest = index(value.abs());
        let mut index = finest >> (MAX_SCALE - self.scale.load(Ordering::Relaxed));
        if !side.covers(index) {
            index = self.make_room(side, finest);
        }
        side.add(index, 1);
    }

    /// Widens the range of `side` to the value of index `finest` at the finest scale, coarsening all
    /// buckets when they would be too many. Gives the index at the scale that is then.
    #[cold]
    fn make_room(&self, side: &Side, finest: i32) -> i32 {
        let scale = self.scale.load(Ordering::Relaxed);
        let index = finest >> (MAX_SCALE - scale);
        let (first, last) = side
            .range()
            .map_or((index, index), |(first, last)| (first.min(index), last.max(index)));
        let down = excess(first, last).min(scale - MIN_SCALE);
        if down > 0 {
            self.coarsen(down);
        }
        side.widen(index >> down);
        index >> down
    }

    fn coarsen(&self, down: i32) {
        let sequence = self.sequence.load(Ordering::Relaxed);
        self.sequence.store(sequence.wrapping_add(1), Ordering::Relaxed);
        fence(Ordering::Release);
        self.scale.store(self.scale.load(Ordering::Relaxed) - down, Ordering::Relaxed);
        self.positive.coarsen(down);
        self.negative.coarsen(down);
        self.sequence.store(sequence.wrapping_add(2), Ordering::Release);
    }

    /// What has been entered; on any thread.
    pub(in crate::metric) fn read(&self) -> ExponentialTotal {
        loop {
            let before = self.sequence.load(Ordering::Acquire);
            let total = ExponentialTotal {
                scale: self.scale.load(Ordering::Relaxed),
                zeros: self.zeros.load(Ordering::Relaxed),
                positive: self.positive.read(),
                negative: self.negative.read(),
            };
            fence(Ordering::Acquire);
            if before.is_multiple_of(2) && self.sequence.load(Ordering::Relaxed) == before {
                return total;
            }
            thread::yield_now();
        }
    }
}

impl Side {
    fn new() -> Self {
        Self {
            first: AtomicI32::new(i32::MAX),
            last: AtomicI32::new(i32::MIN),
            counts: OnceLock::new(),
        }
    }

    #[inline]
    fn covers(&self, index: i32) -> bool {
        self.first.load(Ordering::Relaxed) <= index && index <= self.last.load(Ordering::Relaxed)
    }

    /// The range of indices; none without values.
    fn range(&self) -> Option<(i32, i32)> {
        let (first, last) = (self.first.load(Ordering::Relaxed), self.last.load(Ordering::Relaxed));
        (first <= last).then_some((first, last))
    }

    fn widen(&self, index: i32) {
        let (first, last) = (self.first.load(Ordering::Relaxed), self.last.load(Ordering::Relaxed));
        self.first.store(first.min(index), Ordering::Relaxed);
        self.last.store(last.max(index), Ordering::Relaxed);
    }

    #[inline]
    fn add(&self, index: i32, number: u64) {
        let counts = self.counts.get_or_init(|| Box::new([const { AtomicU64::new(0) }; _]));
        if let Some(count) = counts.get(place(index)) {
            add(count, number);
        }
    }

    fn coarsen(&self, down: i32) {
        let Some((first, last)) = self.range() else { return };
        let buckets = self.read();
        for count in self.counts.get().into_iter().flat_map(|counts| counts.iter()) {
            count.store(0, Ordering::Relaxed);
        }
        self.first.store(first >> down, Ordering::Relaxed);
        self.last.store(last >> down, Ordering::Relaxed);
        for (index, count) in buckets.iter() {
            self.add(index >> down, count);
        }
    }

    fn read(&self) -> ExponentialBuckets {
        let (Some((first, last)), Some(counts)) = (self.range(), self.counts.get()) else {
            return ExponentialBuckets::default();
        };
        // A reading beside the writer's coarsening may see a range that never was; it isn't used.
        let range = (i64::from(first)..=i64::from(last)).take(MAX_BUCKETS);
        let count = |index: i64| {
            let count = counts.get(place(index as i32));
            count.map_or(0, |count| count.load(Ordering::Relaxed))
        };
        ExponentialBuckets { offset: first, counts: range.map(count).collect() }
    }
}

/// Where the count of `index` is.
#[inline]
fn place(index: i32) -> usize {
    index.rem_euclid(MAX_BUCKETS as i32) as usize
}

#[inline]
fn add(count: &AtomicU64, number: u64) {
    count.store(count.load(Ordering::Relaxed) + number, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All values in one go, from the definition.
    fn naive(values: &[f64]) -> ExponentialTotal {
        let finest = |sign: f64| -> Vec<i32> {
            let of_sign = values.iter().map(|value| value * sign).filter(|value| *value > 0.0);
            of_sign.map(index).collect()
        };
        let sides = [finest(1.0), finest(-1.0)];
        let mut scale = MAX_SCALE;
        let fits = |scale: i32, side: &Vec<i32>| {
            let indices = side.iter().map(|index| index >> (MAX_SCALE - scale));
            let (first, last) = (indices.clone().min(), indices.max());
            first
                .zip(last)
                .is_none_or(|(first, last)| i64::from(last) - i64::from(first) < MAX_BUCKETS as i64)
        };
        while !sides.iter().all(|side| fits(scale, side)) {
            scale -= 1;
        }
        let [positive, negative] = sides.map(|side| {
            let mut buckets = ExponentialBuckets::default();
            side.iter().for_each(|index| buckets.add(index >> (MAX_SCALE - scale), 1));
            buckets
        });
        let zeros = values.iter().filter(|value| **value == 0.0).count() as u64;
        ExponentialTotal { scale, zeros, positive, negative }
    }

    fn value() -> impl Strategy<Value = f64> {
        let normal = (1.0..2.0_f64, -40..40_i32, any::<bool>()).prop_map(
            |(mantissa, exponent, negative)| {
                let value = mantissa * 2.0_f64.powi(exponent);
                if negative { -value } else { value }
            },
        );
        prop_oneof![
            8 => normal,
            4 => 0.001..0.1_f64,
            1 => Just(0.0),
            1 => any::<f64>().prop_filter("finite", |value| value.is_finite()),
        ]
    }

    proptest! {
        #[test]
        fn cells_of_any_scales_merge_to_what_one_would_have_counted(
            values in prop::collection::vec((value(), 0..4_usize), 0..300),
        ) {
            let cells: Vec<_> = (0..4).map(|_| ExponentialCell::new()).collect();
            values.iter().for_each(|(value, cell)| cells[*cell].record(*value));
            let mut merged = ExponentialTotal::default();
            cells.iter().for_each(|cell| merged.merge(&cell.read()));
            let all: Vec<f64> = values.iter().map(|(value, _)| *value).collect();
            prop_assert_eq!(merged.count(), all.len() as u64);
            prop_assert_eq!(merged, naive(&all));
        }
    }

    #[test]
    fn readings_beside_a_writer_that_coarsens_never_see_more_than_was_written() {
        let cell = ExponentialCell::new();
        thread::scope(|scope| {
            let writer = scope.spawn(|| {
                for round in 0..200_000_u64 {
                    cell.record(2.0_f64.powi((round % 997) as i32 - 500) * 1.3);
                }
            });
            let mut last = 0;
            while !writer.is_finished() {
                let count = cell.read().count();
                assert!((last..=200_000).contains(&count), "{count} after {last}");
                last = count;
            }
        });
        assert_eq!(cell.read().count(), 200_000);
    }
}
