use std::sync::Arc;
use std::thread;

use proptest::prelude::*;
use telemetry_core::testing::Capture;
use telemetry_core::{
    InstrumentSet, Instruments, Meter, MetricData, Pipeline, Scope, UpDownCounter, Value,
};

static SCOPE: Scope = Scope::new("shop", "1.0.0");

#[test]
fn threads_add_to_one_series_and_their_end_loses_nothing() {
    let capture = Capture::start();
    let meter = capture.pipeline().meter(&SCOPE);
    let (requests, duration) = (
        meter.counter("requests").build(),
        meter.histogram("duration").buckets(&[1.0, 2.0]).build(),
    );
    let bound = requests.bind(&[("route", "/".into())]);
    for _ in 0..10 {
        let threads: Vec<_> = (0..20)
            .map(|_| {
                let (requests, bound, duration) =
                    (requests.clone(), bound.clone(), duration.clone());
                thread::spawn(move || {
                    for _ in 0..100 {
                        requests.add(1, &[("route", "/".into())]);
                        bound.add(1);
                        duration.record(1.0, &[]);
                        duration.record(3.5, &[]);
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        // Read in between: what ended threads left is folded in once only.
        let _ = capture.metrics();
    }
    let metrics = capture.metrics();
    assert_eq!(metrics.sum("requests", &[("route", "/")]), 40_000.0);
    let point = metrics.histogram("duration", &[]).unwrap();
    assert_eq!((point.buckets.as_slice(), point.count()), (&[20_000, 0, 20_000][..], 40_000));
    assert_eq!(point.sum, 20_000.0 * 4.5);
}

#[test]
fn an_up_down_counter_returns_to_zero_though_threads_share_the_work() {
    let capture = Capture::start();
    let active: UpDownCounter = capture.pipeline().meter(&SCOPE).up_down_counter("active").build();
    let raised = active.clone();
    thread::spawn(move || (0..1000).for_each(|_| raised.add(1, &[]))).join().unwrap();
    assert_eq!(capture.metrics().sum("active", &[]), 1000.0);
    (0..1000).for_each(|_| active.add(-1, &[]));
    assert_eq!(capture.metrics().sum("active", &[]), 0.0);
}

#[test]
fn the_order_of_attributes_makes_no_other_series() {
    let capture = Capture::start();
    let requests = capture.pipeline().meter(&SCOPE).counter("requests").build();
    requests.add(1, &[("a", 1.into()), ("b", 2.into())]);
    requests.add(1, &[("b", 2.into()), ("a", 1.into())]);
    let metrics = capture.metrics();
    assert_eq!(metrics.metric("requests").unwrap().data.points(), 1);
    assert_eq!(metrics.sum("requests", &[]), 2.0);
}

#[test]
fn beyond_its_budget_an_instrument_overflows_into_one_series_and_keeps_the_total() {
    let capture = Capture::start();
    let requests = capture.pipeline().meter(&SCOPE).counter("requests").build();
    for user in 0..5_000 {
        requests.add(1, &[("user", Value::I64(user))]);
    }
    let metrics = capture.metrics();
    assert_eq!(metrics.metric("requests").unwrap().data.points(), 2_001);
    assert_eq!(metrics.sum("requests", &[("otel.metric.overflow", "true")]), 3_000.0);
    assert_eq!(metrics.sum("requests", &[]), 5_000.0);
}

#[test]
fn values_that_are_not_of_the_instrument_are_ignored() {
    let capture = Capture::start();
    let meter = capture.pipeline().meter(&SCOPE);
    let cost = meter.f64_counter("cost").build();
    let duration = meter.histogram("duration").build();
    cost.add(1.25, &[]);
    cost.add(-1.0, &[]);
    cost.add(f64::NAN, &[]);
    duration.record(f64::INFINITY, &[]);
    assert_eq!(capture.metrics().sum("cost", &[]), 1.25);
    assert!(capture.metrics().metric("duration").is_none());
}

#[test]
fn a_gauge_holds_the_last_value_that_any_thread_set() {
    let capture = Capture::start();
    let gauge = capture.pipeline().meter(&SCOPE).gauge("temperature").unit("Cel").build();
    gauge.set(20.0, &[]);
    let other = gauge.clone();
    thread::spawn(move || other.set(21.5, &[])).join().unwrap();
    assert_eq!(capture.metrics().sum("temperature", &[]), 21.5);
}

#[test]
fn an_observation_that_panics_is_left_out_and_the_others_are_read() {
    let capture = Capture::start();
    let meter = capture.pipeline().meter(&SCOPE);
    let _broken = meter.observable_gauge("broken").callback(|_| panic!("on purpose"));
    let _idle = meter
        .observable_up_down_counter("connections")
        .callback(|observer| observer.observe(3, &[("state", "idle".into())]));
    let _used = meter
        .observable_up_down_counter("connections")
        .callback(|observer| observer.observe(2, &[("state", "used".into())]));
    let metrics = capture.metrics();
    assert!(metrics.metric("broken").is_none());
    assert_eq!(metrics.sum("connections", &[]), 5.0);
    assert!(matches!(
        metrics.metric("connections").unwrap().data,
        MetricData::Sum { monotonic: false, .. }
    ));
}

#[test]
fn a_layers_instruments_are_made_once_for_each_pipeline() {
    struct Set {
        calls: telemetry_core::Counter,
    }
    impl InstrumentSet for Set {
        fn create(meter: &Meter) -> Self {
            Self { calls: meter.counter("calls").build() }
        }
    }
    static INSTRUMENTS: Instruments<Set> = Instruments::new(&SCOPE);
    let (one, other) = (Capture::start(), Capture::start());
    for capture in [&one, &other, &one] {
        capture.run(|| {
            let pipeline = Pipeline::current().unwrap();
            let set = INSTRUMENTS.of(&pipeline);
            assert!(Arc::ptr_eq(&set, &INSTRUMENTS.of(&pipeline)));
            set.calls.add(1, &[]);
        });
    }
    assert_eq!((one.metrics().sum("calls", &[]), other.metrics().sum("calls", &[])), (2.0, 1.0));
}

#[test]
fn quantiles_are_interpolated_within_their_bucket() {
    let capture = Capture::start();
    let bounds = [1.0, 2.0, 4.0];
    let histogram = capture.pipeline().meter(&SCOPE).histogram("d").buckets(&bounds).build();
    (0..100).for_each(|_| histogram.record(1.5, &[]));
    (0..2).for_each(|_| histogram.record(9.0, &[]));
    let metrics = capture.metrics();
    let point = metrics.histogram("d", &[]).unwrap();
    // No value is below the least: the first half of the bucket is empty.
    assert_eq!(point.quantile(0.0), Some(1.5));
    assert!((point.quantile(0.75).unwrap() - 1.765).abs() < 1e-9);
    assert_eq!(point.quantile(1.0), Some(9.0));
}

#[test]
fn attributes_of_any_kind_are_found_again() {
    let capture = Capture::start();
    let counter = capture.pipeline().meter(&SCOPE).counter("c").build();
    let sets: [&[(&str, Value<'_>)]; 9] = [
        &[],
        &[("a", Value::Empty)],
        &[("a", 1.into())],
        &[("a", 1.5.into())],
        &[("a", true.into())],
        &[("a", "1".into())],
        &[("a", Value::StrArray(&["1"]))],
        &[("a", Value::StrArray(&["1"])), ("b", "a text that is rather long for a label".into())],
        &[("a", Value::Bytes(b"1"))],
    ];
    for round in 1..=3 {
        sets.iter().for_each(|set| counter.add(1, set));
        // An attribute without a value is none.
        let metrics = capture.metrics();
        assert_eq!(metrics.metric("c").unwrap().data.points(), sets.len() - 1);
        assert_eq!(metrics.sum("c", &[]), f64::from(round) * sets.len() as f64);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_value_is_in_the_first_bucket_whose_bound_it_does_not_exceed(
        mut bounds in prop::collection::vec(-50..50_i32, 0..40),
        values in prop::collection::vec(-60..60_i32, 1..100),
    ) {
        let capture = Capture::start();
        let wide: Vec<f64> = bounds.iter().copied().map(f64::from).collect();
        let histogram = capture.pipeline().meter(&SCOPE).histogram("h").buckets(&wide).build();
        let bound = histogram.bind(&[]);
        bounds.sort_unstable();
        bounds.dedup();
        let mut expected = vec![0; bounds.len() + 1];
        for (index, value) in values.iter().enumerate() {
            match index % 2 {
                0 => histogram.record(f64::from(*value), &[]),
                _ => bound.record(f64::from(*value)),
            }
            let bucket = bounds.iter().position(|bound| value <= bound);
            expected[bucket.unwrap_or(bounds.len())] += 1;
        }
        let metrics = capture.metrics();
        let point = metrics.histogram("h", &[]).unwrap();
        prop_assert_eq!(&point.buckets, &expected);
        prop_assert_eq!(point.count(), values.len() as u64, "the count is that of the buckets");
        prop_assert_eq!(point.min, values.iter().min().map(|least| f64::from(*least)));
        prop_assert_eq!(point.max, values.iter().max().map(|most| f64::from(*most)));
    }
}
