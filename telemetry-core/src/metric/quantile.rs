//! Quantiles of distributions of which only buckets are known.

use super::{ExponentialHistogramPoint, HistogramPoint};

/// How far into which bucket of `counts` the quantile lies: the bucket's place and the share of it.
fn place(counts: impl Iterator<Item = u64> + Clone, q: f64) -> Option<(usize, f64)> {
    let count: u64 = counts.clone().sum();
    let rank = q.clamp(0.0, 1.0) * count as f64;
    let mut below = 0.0;
    let mut last = None;
    for (place, count) in counts.enumerate().filter(|(_, count)| *count > 0) {
        let count = count as f64;
        if below + count >= rank {
            return Some((place, ((rank - below) / count).clamp(0.0, 1.0)));
        }
        below += count;
        last = Some((place, 1.0));
    }
    last
}

pub(super) fn explicit(point: &HistogramPoint, q: f64) -> Option<f64> {
    let (bucket, share) = place(point.buckets.iter().copied(), q)?;
    let upper = point.bounds.get(bucket).copied();
    let lower = bucket.checked_sub(1).and_then(|before| point.bounds.get(before)).copied();
    let value = match (lower, upper) {
        (Some(lower), Some(upper)) => lower + (upper - lower) * share,
        // Below the first bound there is no more to know than the least value.
        (None, Some(upper)) => {
            let lower = point.min.unwrap_or(0.0_f64.min(upper));
            lower + (upper - lower) * share
        }
        (Some(lower), None) => match point.max {
            Some(upper) => lower + (upper - lower) * share,
            None => lower,
        },
        (None, None) => match point.min.zip(point.max) {
            Some((lower, upper)) => lower + (upper - lower) * share,
            None => point.sum / point.count() as f64,
        },
    };
    Some(within(value, point.min, point.max))
}

pub(super) fn exponential(point: &ExponentialHistogramPoint, q: f64) -> Option<f64> {
    // From the least to the greatest: the largest amounts below zero come first.
    let negative = point.negative.iter().rev().map(|(index, count)| (Some((-1.0, index)), count));
    let zero = std::iter::once((None, point.zero_count));
    let positive = point.positive.iter().map(|(index, count)| (Some((1.0, index)), count));
    let all: Vec<_> = negative.chain(zero).chain(positive).collect();
    let (bucket, share) = place(all.iter().map(|(_, count)| *count), q)?;
    let value = match all.get(bucket)?.0 {
        None => 0.0,
        Some((sign, index)) => {
            let (lower, upper) = point.bounds(index);
            // Below zero the amounts fall as the values rise.
            let share = if sign > 0.0 { share } else { 1.0 - share };
            sign * between(lower, upper, share)
        }
    };
    Some(within(value, point.min, point.max))
}

/// Between two positive bounds, geometrically.
fn between(lower: f64, upper: f64, share: f64) -> f64 {
    if lower > 0.0 && upper.is_finite() {
        return (lower * (upper / lower).powf(share)).clamp(lower, upper);
    }
    // The outermost buckets of coarse scales reach beyond what a double can be.
    lower.clamp(f64::MIN_POSITIVE, f64::MAX)
}

fn within(value: f64, min: Option<f64>, max: Option<f64>) -> f64 {
    value.min(max.unwrap_or(f64::INFINITY)).max(min.unwrap_or(f64::NEG_INFINITY))
}
