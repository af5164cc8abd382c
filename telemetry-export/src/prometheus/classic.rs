use telemetry_core::ExponentialHistogramPoint;

use super::family::Classic;

/// Two buckets for each power of two. Coarse, but the same for all series at all times: a bound that
/// is there once stays, however the histogram's own scale falls.
const SCALE: i32 = 1;

/// An exponential histogram in the buckets that the text formats have: they know none that are
/// exponential by themselves.
pub(super) fn of_exponential(point: &ExponentialHistogramPoint) -> Classic {
    let point = point.at_scale(SCALE);
    let (mut bounds, mut buckets) = (Vec::<f64>::new(), Vec::<u64>::new());
    let mut put = |bound: f64, count: u64| {
        // The last bucket has no bound, and takes what belongs to one beyond all numbers.
        if bound.is_infinite() {
            return count;
        }
        match buckets.last_mut().filter(|_| bounds.last() == Some(&bound)) {
            // The amounts nearest to zero have a bound that is zero.
            Some(last) => *last += count,
            None => {
                bounds.push(bound);
                buckets.push(count);
            }
        }
        0
    };
    // Below zero a bucket's amounts end where its values begin.
    for (index, count) in whole(&point.negative).rev() {
        put(-point.bounds(index).0, count);
    }
    if point.zero_count > 0 {
        put(0.0, point.zero_count);
    }
    let mut beyond = 0;
    for (index, count) in whole(&point.positive) {
        beyond += put(point.bounds(index).1, count);
    }
    buckets.push(beyond);
    Classic { bounds, buckets, sum: point.sum }
}

/// All buckets from the first to the last, empty ones too: bounds don't come and go between.
fn whole(
    buckets: &telemetry_core::ExponentialBuckets,
) -> impl DoubleEndedIterator<Item = (i32, u64)> {
    let offset = buckets.offset;
    buckets.counts.iter().enumerate().map(move |(at, count)| (offset + at as i32, *count))
}
