use std::collections::HashMap;
use std::time::Duration;

use proptest::prelude::*;
use telemetry_core::testing::Capture;
use telemetry_core::{DeltaReader, MetricData, MetricSnapshot, Scope, Temporality};

static SCOPE: Scope = Scope::new("shop", "1.0.0");

#[test]
fn each_reader_has_its_own_last_values_and_the_sums_since_the_start_go_on() {
    let capture = Capture::start();
    let meter = capture.pipeline().meter(&SCOPE);
    let orders = meter.counter("orders").build();
    let active = meter.up_down_counter("active").build();
    let duration = meter.histogram("duration").buckets(&[1.0]).build();
    let size = meter.histogram("size").exponential().build();
    let (mut often, mut seldom) = (DeltaReader::new(), DeltaReader::new());
    for round in 1..=4 {
        orders.add(2, &[]);
        active.add(1, &[]);
        duration.record(0.5, &[]);
        size.record(2.0_f64.powi(round * 50), &[]);
        let metrics = capture.metrics();
        let delta = often.read(&metrics);
        often.acknowledge();
        assert_eq!(delta.temporality, Temporality::Delta);
        assert_eq!((delta.sum("orders", &[]), delta.sum("active", &[])), (2.0, f64::from(round)));
        assert_eq!(delta.histogram("duration", &[]).unwrap().buckets, [1, 0]);
        let point = delta.exponential_histogram("size", &[]).unwrap();
        assert_eq!((point.count(), point.positive.counts.as_slice()), (1, &[1][..]));
        if round % 2 == 0 {
            let delta = seldom.read(&metrics);
            seldom.acknowledge();
            assert_eq!(delta.sum("orders", &[]), 4.0);
            assert_eq!(delta.histogram("duration", &[]).unwrap().count(), 2);
            assert_eq!(delta.exponential_histogram("size", &[]).unwrap().count(), 2);
        }
        assert_eq!(metrics.sum("orders", &[]), 2.0 * f64::from(round));
    }
    let delta = often.read(&capture.metrics());
    let left: Vec<&str> = delta.metrics.iter().map(|metric| &*metric.name).collect();
    assert_eq!(left, ["active"], "what hasn't changed is left out");
}

#[test]
fn a_delta_begins_where_the_last_acknowledged_one_ended() {
    let capture = Capture::start();
    let orders = capture.pipeline().meter(&SCOPE).counter("orders").build();
    let mut reader = DeltaReader::new();
    let start = |snapshot: &MetricSnapshot| match &snapshot.metric("orders").unwrap().data {
        MetricData::Sum { points, .. } => points[0].start_unix_nanos,
        other => panic!("{other:?}"),
    };
    orders.add(1, &[]);
    let first = capture.metrics();
    assert_eq!(start(&reader.read(&first)), first.start_unix_nanos);
    reader.acknowledge();
    orders.add(1, &[]);
    // Not acknowledged: the next begins there again.
    assert_eq!(start(&reader.read(&capture.metrics())), first.time_unix_nanos);
    assert_eq!(start(&reader.read(&capture.metrics())), first.time_unix_nanos);
    assert_eq!(start(&first), first.start_unix_nanos);
}

/// Somebody may set the clock back at any time.
#[test]
fn a_clock_that_is_set_back_brings_nothing_twice() {
    let capture = Capture::start();
    let orders = capture.pipeline().meter(&SCOPE).counter("orders").build();
    let mut reader = DeltaReader::new();
    let mut received = 0.0;
    for back in [0, 3_600, 7_200, 7_200] {
        orders.add(2, &[]);
        let mut metrics = capture.metrics();
        metrics.time_unix_nanos -= back * 1_000_000_000;
        let delta = reader.read(&metrics);
        reader.acknowledge();
        assert_eq!(delta.sum("orders", &[]), 2.0);
        received += delta.sum("orders", &[]);
        // Said twice, it means no more than once.
        reader.acknowledge();
    }
    assert_eq!(received, capture.metrics().sum("orders", &[]));
}

#[test]
fn what_a_series_counted_before_it_expired_reaches_a_receiver_that_was_away() {
    let capture = Capture::start();
    let meter = capture.pipeline().meter(&SCOPE);
    let orders = meter.counter("orders").build();
    let duration = meter.histogram("duration").buckets(&[1.0]).build();
    let mut reader = DeltaReader::new();
    for _ in 0..3 {
        orders.add(2, &[("user", 1.into())]);
        duration.record(0.5, &[]);
        let _ = reader.read(&capture.metrics());
        assert_eq!(capture.pipeline().expire_series(Duration::ZERO), 2);
        assert!(capture.metrics().metric("orders").is_none());
    }
    let delta = reader.read(&capture.metrics());
    assert_eq!(delta.sum("orders", &[("user", "1")]), 6.0);
    assert_eq!(delta.histogram("duration", &[]).unwrap().buckets, [3, 0]);
    reader.acknowledge();
    orders.add(1, &[("user", 1.into())]);
    assert_eq!(reader.read(&capture.metrics()).sum("orders", &[]), 1.0);
    assert_eq!(reader.lost_points(), 0);
}

#[derive(Clone, Debug)]
enum Step {
    Add(u8, u8),
    Expire,
    /// Whether what was read arrives.
    Read(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..4_u8, 1..9_u8).prop_map(|(series, value)| Step::Add(series, value)),
        1 => Just(Step::Expire),
        3 => any::<bool>().prop_map(Step::Read),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn acknowledged_deltas_add_up_to_all_that_was_counted(
        steps in prop::collection::vec(step(), 0..60),
    ) {
        let capture = Capture::start();
        let meter = capture.pipeline().meter(&SCOPE);
        let counter = meter.counter("counter").build();
        let sizes = meter.histogram("sizes").exponential().build();
        let mut reader = DeltaReader::new();
        let mut expected = HashMap::<u8, u64>::new();
        let mut received = HashMap::<u8, u64>::new();
        let mut sizes_received = 0;
        for step in steps.iter().chain([&Step::Read(true)]) {
            match *step {
                Step::Add(series, value) => {
                    counter.add(u64::from(value), &[("series", series.into())]);
                    sizes.record(f64::from(value), &[("series", series.into())]);
                    *expected.entry(series).or_default() += u64::from(value);
                }
                Step::Expire => {
                    // As for a sink: nothing expires before it was read.
                    let _ = reader.read(&capture.metrics());
                    capture.pipeline().expire_series(Duration::ZERO);
                }
                Step::Read(arrives) => {
                    let delta = reader.read(&capture.metrics());
                    if arrives {
                        for series in 0..4_u8 {
                            let label = series.to_string();
                            let labels = [("series", label.as_str())];
                            let sum = delta.sum("counter", &labels) as u64;
                            *received.entry(series).or_default() += sum;
                            let sizes = delta.exponential_histogram("sizes", &labels);
                            sizes_received += sizes.map_or(0, |point| point.count());
                        }
                        reader.acknowledge();
                    }
                }
            }
        }
        received.retain(|_, value| *value > 0);
        prop_assert_eq!(received, expected);
        let added = steps.iter().filter(|step| matches!(step, Step::Add(..))).count();
        prop_assert_eq!(sizes_received, added as u64);
    }
}
