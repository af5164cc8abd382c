use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use telemetry_core::testing::Capture;
use telemetry_core::{
    Batch, Counts, DeltaReader, Meter, MetricData, MetricSnapshot, Notice, Pipeline, Receipt,
    Scope, Signal, Sink, Value,
};

use crate::support::HANGS;

static SCOPE: Scope = Scope::new("shop", "1.0.0");

fn meter(capture: &Capture) -> Meter {
    capture.pipeline().meter(&SCOPE)
}

#[test]
fn the_budget_is_the_instruments_own_and_its_warning_names_the_attribute_that_burst() {
    let (said, heard) = mpsc::channel();
    let said = Mutex::new(said);
    let builder = Pipeline::builder().on_notice(move |notice| {
        let _ = said.lock().unwrap().send(notice.to_string());
    });
    let capture = Capture::with(builder);
    let requests = meter(&capture).counter("requests").max_series(10).build();
    for user in 0..1000_i64 {
        let attributes = [
            ("method", "GET".into()),
            ("user.id", Value::I64(user)),
            ("status", (user % 3).into()),
        ];
        requests.add(1, &attributes);
    }
    for _ in 0..2 {
        let metrics = capture.metrics();
        assert_eq!(metrics.metric("requests").unwrap().data.points(), 11);
        assert_eq!(metrics.sum("requests", &[("otel.metric.overflow", "true")]), 990.0);
        assert_eq!(metrics.sum("requests", &[]), 1000.0);
    }
    let notice = Notice::SeriesOverflow {
        instrument: "requests".to_owned(),
        max_series: 10,
        attribute: "user.id".to_owned(),
        values: 10,
    };
    assert_eq!(capture.pipeline().notices(), [notice]);
    let line = heard.recv_timeout(HANGS).unwrap();
    assert!(line.contains("user.id") && line.contains("requests"), "{line}");
    assert!(heard.try_recv().is_err(), "said once");
}

#[test]
fn a_series_that_comes_back_counts_from_zero_with_a_start_of_its_own() {
    let capture = Capture::start();
    let sent = meter(&capture).counter("sent").build();
    let user = [("user", 1.into())];
    sent.add(5, &user);
    let start = |metrics: &MetricSnapshot| match &metrics.metric("sent").unwrap().data {
        MetricData::Sum { points, .. } => points[0].start_unix_nanos,
        other => panic!("{other:?}"),
    };
    let before = capture.metrics();
    assert_eq!(capture.pipeline().expire_series(Duration::ZERO), 1);
    assert!(capture.metrics().metric("sent").is_none());
    sent.add(2, &user);
    let after = capture.metrics();
    assert_eq!(after.sum("sent", &[]), 2.0);
    assert_eq!(start(&before), before.start_unix_nanos);
    assert!(start(&after) > before.time_unix_nanos);
}

#[test]
fn what_is_in_use_does_not_expire() {
    let capture = Capture::start();
    let meter = meter(&capture);
    let bound = meter.counter("bound").build().bind(&[]);
    let active = meter.up_down_counter("active").build();
    let gauge = meter.gauge("gauge").build();
    bound.add(1);
    active.add(1, &[]);
    gauge.set(1.0, &[]);
    assert_eq!(capture.pipeline().expire_series(Duration::from_secs(3600)), 0);
    assert_eq!(capture.pipeline().expire_series(Duration::ZERO), 1, "the gauge alone");
    active.add(-1, &[]);
    assert_eq!(capture.pipeline().expire_series(Duration::ZERO), 1, "back at zero");
    bound.add(1);
    assert_eq!(capture.metrics().sum("bound", &[]), 2.0);
    drop(bound);
    assert_eq!(capture.pipeline().expire_series(Duration::ZERO), 1);
    assert!(capture.metrics().metrics.is_empty());
    // Set once more, the gauge is there once more.
    gauge.set(2.0, &[]);
    assert_eq!(capture.metrics().sum("gauge", &[]), 2.0);
}

#[test]
fn an_instrument_lets_its_own_series_expire_when_it_is_read() {
    let capture = Capture::start();
    let meter = meter(&capture);
    let short = meter.counter("short").expire_after(Duration::ZERO).build();
    let long = meter.counter("long").build();
    short.add(1, &[]);
    long.add(1, &[]);
    let metrics = capture.metrics();
    assert_eq!((metrics.sum("short", &[]), metrics.sum("long", &[])), (0.0, 1.0));
}

#[test]
fn expiry_makes_room_in_the_budget_for_others() {
    let capture = Capture::start();
    let counter = meter(&capture).counter("c").max_series(2).build();
    let add = |users: std::ops::Range<i64>| {
        users.for_each(|user| counter.add(1, &[("user", user.into())]));
    };
    add(0..5);
    assert_eq!(capture.metrics().sum("c", &[("otel.metric.overflow", "true")]), 3.0);
    assert_eq!(capture.pipeline().expire_series(Duration::ZERO), 3);
    // The same thread finds room for what it had sent to the overflow.
    add(3..5);
    let metrics = capture.metrics();
    assert_eq!(metrics.sum("c", &[("user", "3")]) + metrics.sum("c", &[("user", "4")]), 2.0);
    assert_eq!(metrics.sum("c", &[("otel.metric.overflow", "true")]), 0.0);
}

#[test]
fn what_expires_under_load_is_never_counted_twice() {
    let capture = Capture::start();
    let counter = meter(&capture).counter("c").build();
    let stop = Arc::new(AtomicBool::new(false));
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let (counter, stop) = (counter.clone(), Arc::clone(&stop));
            thread::spawn(move || {
                let mut added = 0_u64;
                while !stop.load(Ordering::Relaxed) {
                    counter.add(1, &[("series", (added % 7).into())]);
                    added += 1;
                }
                added
            })
        })
        .collect();
    let mut reader = DeltaReader::new();
    let mut received = 0.0;
    let mut expired = 0;
    // For a while, and until there was something to let go of.
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(300) || expired == 0 {
        assert!(begun.elapsed() < HANGS, "nothing expires");
        received += reader.read(&capture.metrics()).sum("c", &[]);
        reader.acknowledge();
        expired += capture.pipeline().expire_series(Duration::ZERO);
    }
    stop.store(true, Ordering::Relaxed);
    let added: u64 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    received += reader.read(&capture.metrics()).sum("c", &[]);
    // What was added between a reading and the expiry is unknown to a reader that isn't a sink.
    assert!(received <= added as f64, "{received} of {added}");
}

/// Takes metrics when it is flushed, and keeps what deltas add up to.
struct DeltaSink {
    reader: DeltaReader,
    sum: Arc<Mutex<f64>>,
}

impl Sink for DeltaSink {
    fn name(&self) -> &'static str {
        "delta"
    }
    fn accepts(&self, _: Signal) -> bool {
        false
    }
    fn export(&mut self, _: &Arc<Batch>) -> Receipt {
        Receipt::default()
    }
    fn metrics_interval(&self) -> Option<Duration> {
        Some(Duration::from_millis(5))
    }
    fn export_metrics(&mut self, snapshot: &MetricSnapshot) -> Receipt {
        let delta = self.reader.read(snapshot);
        *self.sum.lock().unwrap() += delta.sum("c", &[]);
        self.reader.acknowledge();
        Receipt {
            points: Counts { exported: delta.points() as u64, ..Counts::default() },
            ..Receipt::default()
        }
    }
}

#[test]
fn a_sink_of_deltas_gets_every_increment_though_series_expire_all_the_time() {
    let sum = Arc::<Mutex<f64>>::default();
    let sink = DeltaSink { reader: DeltaReader::new(), sum: Arc::clone(&sum) };
    let pipeline = Pipeline::builder().sink(Box::new(sink)).build().unwrap();
    let counter = pipeline.meter(&SCOPE).counter("c").build();
    let stop = Arc::new(AtomicBool::new(false));
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (counter, stop) = (counter.clone(), Arc::clone(&stop));
            thread::spawn(move || {
                let mut added = 0_u64;
                while !stop.load(Ordering::Relaxed) {
                    for _ in 0..100 {
                        counter.add(1, &[("series", (added % 5).into())]);
                        added += 1;
                    }
                    thread::sleep(Duration::from_micros(500));
                }
                added
            })
        })
        .collect();
    let mut expired = 0;
    let until = Instant::now() + HANGS;
    while expired < 5 && Instant::now() < until {
        expired += pipeline.expire_series(Duration::ZERO);
    }
    stop.store(true, Ordering::Relaxed);
    let added: u64 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    assert!(pipeline.shutdown(HANGS).is_complete());
    assert!(expired >= 5, "only {expired} expired");
    assert_eq!(*sum.lock().unwrap(), added as f64);
}
