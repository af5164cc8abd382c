use telemetry_core::testing::Capture;
use telemetry_core::{MetricData, Notice, Number, Scope};

static SCOPE: Scope = Scope::new("shop", "1.0.0");
static SAME: Scope = Scope::new("shop", "1.0.0");
static OTHER: Scope = Scope::new("other", "1.0.0");

#[test]
fn the_same_instrument_made_twice_is_one_whatever_the_case_of_its_name() {
    let capture = Capture::start();
    for (scope, name) in [(&SCOPE, "jobs"), (&SAME, "Jobs"), (&SCOPE, "JOBS")] {
        let meter = capture.pipeline().meter(scope);
        meter.counter(name).unit("{job}").build().add(1, &[]);
    }
    let metrics = capture.metrics();
    assert_eq!((metrics.metrics.len(), metrics.sum("jobs", &[])), (1, 3.0));
    assert_eq!(capture.pipeline().notices(), []);
}

#[test]
fn instruments_of_one_name_that_differ_are_both_exported_and_said_once() {
    let capture = Capture::start();
    let meter = capture.pipeline().meter(&SCOPE);
    for _ in 0..2 {
        meter.counter("jobs").unit("{job}").build().add(1, &[]);
        meter.counter("jobs").unit("1").build().add(1, &[]);
        meter.f64_counter("jobs").unit("{job}").build().add(1.5, &[]);
        meter.gauge("jobs").unit("{job}").build().set(1.0, &[]);
    }
    // Another library's is another instrument.
    capture.pipeline().meter(&OTHER).gauge("jobs").build().set(1.0, &[]);
    assert_eq!(capture.metrics().metrics.len(), 5);
    let notices = capture.pipeline().notices();
    let [Notice::InstrumentConflict { instrument, first, second }] = &notices[..] else {
        panic!("{notices:?}");
    };
    assert_eq!(instrument, "jobs");
    assert_eq!(first, "a counter of integers in {job}");
    assert_eq!(second, "a counter of integers in 1");
}

#[test]
fn of_buckets_that_differ_the_first_count() {
    let capture = Capture::start();
    let meter = capture.pipeline().meter(&SCOPE);
    let first = meter.histogram("duration").buckets(&[1.0, 2.0]).build();
    let second = meter.histogram("duration").exponential().build();
    first.record(1.5, &[]);
    second.record(1.5, &[]);
    let metrics = capture.metrics();
    assert_eq!(metrics.histogram("duration", &[]).unwrap().buckets, [0, 2, 0]);
    assert!(matches!(
        &capture.pipeline().notices()[..],
        [Notice::InstrumentConflict { second, .. }] if second.contains("exponential")
    ));
}

#[test]
fn numbers_stay_of_the_kind_they_were_measured_in() {
    let capture = Capture::start();
    let meter = capture.pipeline().meter(&SCOPE);
    meter.counter("a").build().add(2, &[]);
    meter.f64_counter("b").build().add(2.0, &[]);
    meter.up_down_counter("c").build().add(-2, &[]);
    meter.f64_up_down_counter("d").build().add(-2.0, &[]);
    meter.gauge("e").build().set(2.0, &[]);
    meter.i64_gauge("f").build().set(-2, &[]);
    let _integers = meter.observable_gauge("g").callback(|to| to.observe(2_u64, &[]));
    let _doubles = meter.observable_gauge("h").callback(|to| to.observe(2.0, &[]));
    let values: Vec<Number> = capture
        .metrics()
        .metrics
        .iter()
        .map(|metric| match &metric.data {
            MetricData::Sum { points, .. } | MetricData::Gauge { points } => points[0].value,
            other => panic!("{other:?}"),
        })
        .collect();
    use Number::{F64, I64};
    let expected = [I64(2), F64(2.0), I64(-2), F64(-2.0), F64(2.0), I64(-2), I64(2), F64(2.0)];
    assert_eq!(values, expected);
}
