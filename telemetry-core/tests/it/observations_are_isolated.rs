use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use telemetry_core::testing::Capture;
use telemetry_core::{Notice, Observer, Pipeline, Scope};

use crate::support::HANGS;

static SCOPE: Scope = Scope::new("shop", "1.0.0");

/// Lets a callback hang until it is opened.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<bool>, Condvar)>);

impl Gate {
    fn pass(&self) {
        let opened = self.0.1.wait_while(self.0.0.lock().unwrap(), |open| !*open);
        drop(opened.unwrap());
    }

    fn open(&self) {
        *self.0.0.lock().unwrap() = true;
        self.0.1.notify_all();
    }
}

#[test]
fn callbacks_run_on_a_thread_of_their_own() {
    let capture = Capture::start();
    let observed = Arc::<Mutex<Option<thread::ThreadId>>>::default();
    let on = Arc::clone(&observed);
    let _registration =
        capture.pipeline().meter(&SCOPE).observable_gauge("g").callback(move |observer| {
            *on.lock().unwrap() = Some(thread::current().id());
            observer.observe(1, &[]);
        });
    assert_eq!(capture.metrics().sum("g", &[]), 1.0);
    assert_ne!(observed.lock().unwrap().unwrap(), thread::current().id());
}

/// Time enough for those that don't hang.
const TIMEOUT: Duration = Duration::from_secs(8);

#[test]
fn a_callback_that_hangs_holds_up_neither_the_reading_nor_the_others() {
    let capture = Capture::with(Pipeline::builder().observation_timeout(TIMEOUT));
    let meter = capture.pipeline().meter(&SCOPE);
    let gate = Gate::default();
    let at_gate = gate.clone();
    let _hanging = meter.observable_gauge("hanging").callback(move |observer| {
        at_gate.pass();
        observer.observe(1, &[]);
    });
    let _healthy = meter.observable_gauge("healthy").callback(|to| to.observe(2, &[]));
    meter.counter("counter").build().add(3, &[]);
    for _ in 0..2 {
        let began = Instant::now();
        let metrics = capture.metrics();
        assert!(began.elapsed() < HANGS, "it was waited for");
        assert_eq!(metrics.sum("healthy", &[]), 2.0);
        assert_eq!(metrics.sum("counter", &[]), 3.0);
        assert!(metrics.metric("hanging").is_none());
        assert_eq!(metrics.missed_observations, 1);
    }
    let late = Notice::ObservationLate { instrument: "hanging".to_owned(), timeout: TIMEOUT };
    assert_eq!(capture.pipeline().notices(), [late]);
    // Once it comes back it is asked again.
    gate.open();
    let until = Instant::now() + HANGS;
    while capture.metrics().sum("hanging", &[]) != 1.0 {
        assert!(Instant::now() < until, "it isn't asked again");
    }
    assert_eq!(capture.metrics().missed_observations, 0);
}

#[test]
fn a_callback_that_panics_is_reported_and_asked_again() {
    let capture = Capture::start();
    let calls = Arc::new(Mutex::new(0));
    let count = Arc::clone(&calls);
    let _broken = capture.pipeline().meter(&SCOPE).observable_gauge("broken").callback(move |_| {
        *count.lock().unwrap() += 1;
        std::panic::resume_unwind(Box::new("on purpose"));
    });
    for _ in 0..3 {
        assert_eq!(capture.metrics().missed_observations, 1);
    }
    assert_eq!(calls.lock().map_or_else(|poisoned| *poisoned.into_inner(), |calls| *calls), 3);
    let panicked = Notice::ObservationPanicked { instrument: "broken".to_owned() };
    assert_eq!(capture.pipeline().notices(), [panicked]);
}

#[test]
fn readings_at_the_same_time_each_get_their_answers() {
    let capture = Capture::start();
    let _registration = capture
        .pipeline()
        .meter(&SCOPE)
        .observable_counter("c")
        .callback(|observer| observer.observe(7, &[]));
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let metrics = capture.metrics();
                    assert_eq!((metrics.sum("c", &[]), metrics.missed_observations), (7.0, 0));
                }
            });
        }
    });
}

#[test]
fn what_a_callback_observes_is_bounded_and_keeps_its_total() {
    let capture = Capture::start();
    let meter = capture.pipeline().meter(&SCOPE);
    let each = |observer: &mut Observer| {
        (0..10_i64).for_each(|user| observer.observe(2, &[("user", user.into())]));
    };
    let _sum = meter.observable_counter("sum").max_series(4).callback(each);
    let _gauge = meter.observable_gauge("gauge").max_series(4).callback(each);
    let metrics = capture.metrics();
    assert_eq!((metrics.sum("sum", &[]), metrics.sum("gauge", &[])), (20.0, 8.0));
    assert_eq!(metrics.sum("sum", &[("otel.metric.overflow", "true")]), 12.0);
    let about: Vec<_> = capture
        .pipeline()
        .notices()
        .into_iter()
        .filter_map(|notice| match notice {
            Notice::SeriesOverflow { attribute, values, .. } => Some((attribute, values)),
            _ => None,
        })
        .collect();
    assert_eq!(about, [("user".to_owned(), 4), ("user".to_owned(), 4)]);
}

#[test]
fn of_a_series_that_is_observed_twice_the_last_value_counts() {
    let capture = Capture::start();
    let meter = capture.pipeline().meter(&SCOPE);
    let observe = |values: [i64; 2]| {
        meter.observable_gauge("g").callback(move |observer| {
            values.iter().for_each(|value| observer.observe(*value, &[]));
            observer.observe(1, &[("a", values[0].into())]);
        })
    };
    let _registrations = [observe([1, 2]), observe([3, 4])];
    let metrics = capture.metrics();
    assert_eq!(metrics.metric("g").unwrap().data.points(), 3);
    assert_eq!(metrics.sum("g", &[]), 6.0);
}
