/// A distribution from which quantiles are read within [`Sketch::ERROR`] of the true value.
///
/// Counts lie in buckets that split each power of two into sixteen equal parts: the upper bits of the
/// double are the bucket's number, so a value costs a shift and an addition. A bucket is at most a
/// sixteenth wider than its lower bound, so its harmonic mean is within 1/33 of anything in it.
#[derive(Clone, Debug, Default)]
pub(super) struct Sketch {
    positive: Buckets,
    negative: Buckets,
    zeros: u64,
    count: u64,
    sum: f64,
    least: f64,
    greatest: f64,
}

impl Sketch {
    /// The relative error of a quantile, at the most, for values of 2⁻³⁰ (a thousand-millionth) up
    /// to 2⁵⁰. Smaller ones count as zero, larger ones as the greatest value that was entered.
    #[cfg(test)]
    pub(super) const ERROR: f64 = 1.0 / 33.0;

    /// Enters a finite value.
    pub(super) fn enter(&mut self, value: f64) {
        if self.count == 0 {
            (self.least, self.greatest) = (value, value);
        }
        self.least = self.least.min(value);
        self.greatest = self.greatest.max(value);
        self.count += 1;
        self.sum += value;
        match Buckets::number(value.abs()) {
            None => self.zeros += 1,
            Some(bucket) if value > 0.0 => self.positive.add(bucket, 1),
            Some(bucket) => self.negative.add(bucket, 1),
        }
    }

    /// How many values there are.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Their sum.
    pub(super) fn sum(&self) -> f64 {
        self.sum
    }

    pub(super) fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Adds what another has.
    pub(super) fn merge(&mut self, other: &Self) {
        if other.is_empty() {
            return;
        }
        if self.is_empty() {
            *self = other.clone();
            return;
        }
        self.positive.merge(&other.positive);
        self.negative.merge(&other.negative);
        self.zeros += other.zeros;
        self.count += other.count;
        self.sum += other.sum;
        self.least = self.least.min(other.least);
        self.greatest = self.greatest.max(other.greatest);
    }

    /// The least value that a share `q` of all values doesn't exceed; none without values.
    pub(super) fn quantile(&self, q: f64) -> Option<f64> {
        if self.is_empty() {
            return None;
        }
        let rank = ((q.clamp(0.0, 1.0) * self.count as f64).ceil() as u64).max(1);
        if rank == 1 {
            return Some(self.least);
        }
        if rank >= self.count {
            return Some(self.greatest);
        }
        let negative = self.negative.iter().rev().map(|(bucket, count)| (-middle(bucket), count));
        let zeros = (self.zeros > 0).then_some((0.0, self.zeros));
        let positive = self.positive.iter().map(|(bucket, count)| (middle(bucket), count));
        let mut below = 0;
        let found = negative.chain(zeros).chain(positive).find(|(_, count)| {
            below += count;
            below >= rank
        });
        let value = found.map_or(self.greatest, |(value, _)| value);
        Some(value.clamp(self.least, self.greatest))
    }
}

/// Counts by the number of their bucket, over the range that is in use.
#[derive(Clone, Debug, Default)]
struct Buckets {
    first: usize,
    counts: Vec<u64>,
}

/// Bits of a double below the part that is a bucket's number: all of the fraction but four.
const SHIFT: u32 = 48;
/// Bits of a double's fraction in a bucket's number.
const PARTS: u32 = 4;
const BIAS: usize = 1023;
/// Numbers of the buckets at the ends.
const LOWEST: usize = (BIAS - 30) << PARTS;
const HIGHEST: usize = ((BIAS + 50) << PARTS) - 1;

impl Buckets {
    /// The bucket of a value that isn't negative; none for what counts as zero.
    #[inline]
    fn number(value: f64) -> Option<usize> {
        let number = (value.to_bits() >> SHIFT) as usize;
        (number >= LOWEST).then_some(number.min(HIGHEST))
    }

    fn add(&mut self, bucket: usize, count: u64) {
        if self.counts.is_empty() {
            self.first = bucket;
        }
        if bucket < self.first {
            let missing = self.first - bucket;
            self.counts.splice(0..0, std::iter::repeat_n(0, missing));
            self.first = bucket;
        }
        let place = bucket - self.first;
        if place >= self.counts.len() {
            self.counts.resize(place + 1, 0);
        }
        if let Some(present) = self.counts.get_mut(place) {
            *present += count;
        }
    }

    fn merge(&mut self, other: &Self) {
        other.iter().for_each(|(bucket, count)| self.add(bucket, count));
    }

    fn iter(&self) -> impl DoubleEndedIterator<Item = (usize, u64)> {
        let counted = self.counts.iter().enumerate().filter(|(_, count)| **count > 0);
        counted.map(|(place, count)| (self.first + place, *count))
    }
}

/// The harmonic mean of a bucket's bounds, which is as far from either as from the other.
fn middle(bucket: usize) -> f64 {
    let bound = |number: usize| f64::from_bits((number as u64) << SHIFT);
    let (lower, upper) = (bound(bucket), bound(bucket + 1));
    2.0 * lower * upper / (lower + upper)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sketch(values: &[f64]) -> Sketch {
        let mut sketch = Sketch::default();
        values.iter().for_each(|value| sketch.enter(*value));
        sketch
    }

    /// The quantile of the values themselves.
    fn true_quantile(values: &[f64], q: f64) -> f64 {
        let mut sorted = values.to_vec();
        sorted.sort_by(f64::total_cmp);
        let rank = ((q * sorted.len() as f64).ceil() as usize).max(1);
        sorted[rank - 1]
    }

    fn values() -> impl Strategy<Value = Vec<f64>> {
        let magnitude = -9.0..15.0_f64;
        let value = (magnitude, any::<bool>(), 0_u8..10).prop_map(|(magnitude, negative, zero)| {
            let value = if zero == 0 { 0.0 } else { 10_f64.powf(magnitude) };
            if negative { -value } else { value }
        });
        prop::collection::vec(value, 1..300)
    }

    proptest! {
        #[test]
        fn a_quantile_is_within_the_promised_error(values in values(), q in 0.0..=1.0_f64) {
            let (found, truth) = (sketch(&values).quantile(q).unwrap(), true_quantile(&values, q));
            let error = (found - truth).abs();
            prop_assert!(error <= truth.abs() * Sketch::ERROR + 1e-9, "{found} for {truth}");
            prop_assert!(Sketch::ERROR < 0.05);
        }

        #[test]
        fn two_sketches_merged_are_the_sketch_of_all(one in values(), other in values(), q in 0.0..=1.0_f64) {
            let mut merged = sketch(&one);
            merged.merge(&sketch(&other));
            let all = sketch(&[one, other].concat());
            prop_assert_eq!(merged.quantile(q), all.quantile(q));
        }
    }

    #[test]
    fn the_ends_are_exact_and_memory_is_bounded_whatever_is_entered() {
        let extremes = [f64::MAX, -f64::MAX, f64::MIN_POSITIVE, 1e-300, 0.0, 1e200, -1e-12, 3.0];
        let sketch = sketch(&extremes);
        assert_eq!(sketch.quantile(1.0), Some(f64::MAX));
        assert_eq!(sketch.quantile(0.0), Some(-f64::MAX));
        assert!(sketch.positive.counts.len() <= 1280 && sketch.negative.counts.len() <= 1280);
        assert_eq!(Sketch::default().quantile(0.5), None);
    }
}
