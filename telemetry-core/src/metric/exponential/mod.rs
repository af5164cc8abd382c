//! Base-2 exponential histograms, as OpenTelemetry's
//! [data model](https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exponentialhistogram) has
//! them: buckets `(base^i, base^(i + 1)]` with `base = 2^(2^-scale)`, 160 of them at the most for each
//! sign. When the values need more, the scale falls and buckets merge in pairs.
//!
//! Indices are computed at the finest scale and shifted to the present one, so that a bucket doesn't
//! depend on the scale at which a value was entered: merging cells of different scales is exact.

mod cell;
mod index;
mod total;

pub use total::ExponentialBuckets;

pub(super) use cell::ExponentialCell;
pub(super) use index::lower_bound;
pub(super) use total::ExponentialTotal;

/// Buckets of one sign.
const MAX_BUCKETS: usize = 160;
/// The finest scale: buckets a 1.5 millionth wide.
const MAX_SCALE: i32 = 20;
/// The coarsest scale: all positive doubles in two buckets.
const MIN_SCALE: i32 = -10;

/// By how many scales to fall until the indices `first` to `last` fit.
fn excess(first: i32, last: i32) -> i32 {
    let mut down = 0;
    while (i64::from(last) >> down) - (i64::from(first) >> down) >= MAX_BUCKETS as i64 {
        down += 1;
    }
    down
}
