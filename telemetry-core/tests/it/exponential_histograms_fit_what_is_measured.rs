use std::thread;

use proptest::prelude::*;
use telemetry_core::testing::Capture;
use telemetry_core::{ExponentialHistogramPoint, Scope};

static SCOPE: Scope = Scope::new("shop", "1.0.0");

/// The point of values that several threads record, each its share.
fn recorded(values: &[f64], threads: usize) -> Option<ExponentialHistogramPoint> {
    let capture = Capture::start();
    let histogram = capture.pipeline().meter(&SCOPE).histogram("h").exponential().build();
    thread::scope(|scope| {
        for share in values.chunks(values.len().div_ceil(threads).max(1)) {
            let histogram = &histogram;
            scope.spawn(move || share.iter().for_each(|value| histogram.record(*value, &[])));
        }
    });
    capture.metrics().exponential_histogram("h", &[]).cloned()
}

#[test]
fn what_is_not_a_finite_number_is_ignored_and_zero_has_a_bucket_of_its_own() {
    let values = [0.0, -0.0, f64::NAN, f64::INFINITY, -1.0, 4.0, f64::MAX, 5e-324];
    let point = recorded(&values, 1).unwrap();
    assert_eq!((point.count(), point.zero_count), (6, 2));
    assert_eq!((point.positive.count(), point.negative.count()), (3, 1));
    assert_eq!((point.min, point.max), (Some(-1.0), Some(f64::MAX)));
    assert!(recorded(&[], 1).is_none());
}

#[test]
fn the_scale_is_the_finest_that_holds_the_range() {
    assert_eq!(recorded(&[1.0], 1).unwrap().scale, 20);
    // 1 is the upper bound of bucket -1, 1000 lies in bucket 9.97 * 2^scale.
    assert_eq!(recorded(&[1.0, 1000.0], 2).unwrap().scale, 3);
    let point = recorded(&[1e-300, 1e300], 2).unwrap();
    assert_eq!(point.scale, -4);
    assert!(point.positive.counts.len() <= 160);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn quantiles_are_within_the_scales_relative_error_however_many_threads_recorded(
        mut values in prop::collection::vec(prop_oneof![
            6 => 1e-4..1e4_f64, 1 => -1e3..-1e-3_f64, 1 => Just(0.0),
        ], 1..400),
        q in 0.0..=1.0_f64,
        threads in 1..4_usize,
    ) {
        let point = recorded(&values, threads).unwrap();
        prop_assert_eq!(point.count(), values.len() as u64);
        let sum: f64 = values.iter().sum();
        prop_assert!((point.sum - sum).abs() <= 1e-9 * values.iter().map(|v| v.abs()).sum::<f64>());
        values.sort_by(f64::total_cmp);
        let rank = ((q * values.len() as f64).ceil() as usize).clamp(1, values.len());
        let truth = values[rank - 1];
        let estimate = point.quantile(q).unwrap();
        let bound = point.relative_error() * truth.abs() * (1.0 + 1e-6);
        prop_assert!((estimate - truth).abs() <= bound, "{estimate} for {truth} at {}", point.scale);
        prop_assert_eq!(point.min, values.first().copied());
        prop_assert_eq!(point.max, values.last().copied());
    }

    #[test]
    fn coarser_buckets_hold_the_same_values(
        values in prop::collection::vec(-1e6..1e6_f64, 1..100),
        scale in -10..=20_i32,
    ) {
        let point = recorded(&values, 2).unwrap();
        let coarse = point.at_scale(scale);
        prop_assert_eq!(coarse.count(), point.count());
        prop_assert_eq!(coarse.scale, point.scale.min(scale));
        for (index, count) in coarse.positive.iter() {
            let (lower, upper) = coarse.bounds(index);
            let margin = 1e-9;
            let within = |value: &&f64| {
                **value > lower * (1.0 - margin) && **value <= upper * (1.0 + margin)
            };
            prop_assert!(values.iter().filter(within).count() as u64 >= count);
        }
    }
}
