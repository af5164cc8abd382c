//! What can't be seen from outside: that memory is given back, and what is done without a thread.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use super::cells::pages_of_this_thread;
use super::{Meter, Registry, Settings};
use crate::attribute::Value;
use crate::notice::Notice;
use crate::scope::Scope;
use crate::spawn::failing;

static SCOPE: Scope = Scope::new("shop", "1.0.0");

fn meter() -> (Arc<Registry>, Meter) {
    let registry = Arc::new(Registry::new(Settings::default(), None));
    (Arc::clone(&registry), Meter::new(registry, &SCOPE))
}

#[test]
fn a_thread_has_pages_for_what_it_uses_and_not_for_all_there_is() {
    let (registry, meter) = meter();
    let counter = meter.counter("c").max_series(10_000).build();
    let bound: Vec<_> =
        (0..5000_i64).map(|user| counter.bind(&[("user", Value::I64(user))])).collect();
    let pages = thread::scope(|scope| {
        let use_some = || {
            bound[10].add(1);
            bound[4990].add(1);
            pages_of_this_thread()
        };
        scope.spawn(use_some).join().unwrap()
    });
    assert!(pages <= 2, "{pages} pages");
    let snapshot = registry.snapshot(None, None);
    assert_eq!(snapshot.sum("c", &[]), 2.0);
}

#[test]
fn an_expired_series_is_let_go_of_when_its_threads_have_looked_elsewhere_or_ended() {
    let (registry, meter) = meter();
    let counter = meter.counter("c").build();
    counter.add(1, &[("user", Value::I64(1))]);
    let (ask, asked) = mpsc::channel::<()>();
    let (answer, answered) = mpsc::channel::<()>();
    let other = {
        let counter = counter.clone();
        thread::spawn(move || {
            counter.add(1, &[("user", Value::I64(1))]);
            answer.send(()).unwrap();
            asked.recv().unwrap();
        })
    };
    answered.recv().unwrap();
    let held = || counter.instrument().closed_series();
    assert_eq!(registry.expire_series(Duration::ZERO), 1);
    assert!(registry.snapshot(None, None).metrics.is_empty());
    assert_eq!(held(), 1, "both threads have it in their tables");
    counter.add(1, &[("user", Value::I64(2))]);
    registry.snapshot(None, None);
    assert_eq!(held(), 1, "the other still has");
    ask.send(()).unwrap();
    other.join().unwrap();
    registry.snapshot(None, None);
    assert_eq!(held(), 0);
    assert_eq!(registry.snapshot(None, None).sum("c", &[]), 1.0);
}

#[test]
fn what_a_thread_writes_to_a_series_that_is_being_closed_is_kept() {
    let (registry, meter) = meter();
    let counter = meter.counter("c").build();
    let gauge = meter.gauge("g").build();
    let attributes = [("user", Value::I64(1))];
    let in_hand = counter.instrument().series(&attributes);
    let cell = in_hand.new_cell();
    cell.add(5_u64);
    let gauge_in_hand = gauge.instrument().series(&attributes);
    gauge_in_hand.set(1.0_f64.to_bits());
    assert_eq!(registry.expire_series(Duration::ZERO), 2);
    // As by a thread that was stopped between looking it up and writing.
    cell.add(2_u64);
    gauge_in_hand.set(3.0_f64.to_bits());
    let snapshot = registry.snapshot(None, None);
    assert_eq!(snapshot.sum("c", &[("user", "1")]), 2.0);
    assert_eq!(snapshot.sum("g", &[("user", "1")]), 3.0);
    drop((in_hand, cell));
    registry.snapshot(None, None);
    assert_eq!(registry.snapshot(None, None).sum("c", &[]), 2.0);
}

#[test]
fn a_series_does_not_expire_before_each_reader_has_its_last_value() {
    let (registry, meter) = meter();
    let counter = meter.counter("c").build();
    let (one, other) = (registry.add_reader(), registry.add_reader());
    counter.add(1, &[]);
    assert_eq!(registry.expire_series(Duration::ZERO), 0);
    registry.snapshot(Some(one), None);
    assert_eq!(registry.expire_series(Duration::ZERO), 0);
    registry.snapshot(Some(other), None);
    counter.add(1, &[]);
    assert_eq!(registry.expire_series(Duration::ZERO), 0, "there is more to know");
    registry.snapshot(Some(one), None);
    registry.remove_reader(other);
    assert_eq!(registry.expire_series(Duration::ZERO), 1);
}

#[test]
fn callbacks_that_are_gone_make_room_also_where_nobody_reads() {
    let (registry, meter) = meter();
    let kept = meter.observable_gauge("kept").callback(|_| ());
    for _ in 0..10_000 {
        drop(meter.observable_gauge("gone").callback(|_| ()));
    }
    assert!(registry.places_of_observables() < 100, "{}", registry.places_of_observables());
    drop(kept);
}

#[test]
fn without_a_thread_callbacks_are_missed_and_once_there_is_one_they_are_asked() {
    let observation_timeout = Duration::from_secs(120);
    let settings = Settings { observation_timeout, ..Settings::default() };
    let (tell, told) = mpsc::channel();
    let handler = move |notice: &Notice| tell.send(notice.clone()).unwrap();
    let registry = Arc::new(Registry::new(settings, Some(Box::new(handler))));
    let meter = Meter::new(Arc::clone(&registry), &SCOPE);
    let _registration = meter.observable_gauge("g").callback(|observer| observer.observe(7, &[]));
    let soon = Instant::now() + Duration::from_millis(10);
    let missed = failing::after(0, || registry.snapshot(None, Some(soon)));
    assert_eq!((missed.missed_observations, missed.sum("g", &[])), (1, 0.0));
    let read = registry.snapshot(None, None);
    assert_eq!((read.missed_observations, read.sum("g", &[])), (0, 7.0));
    let late = told.recv_timeout(Duration::from_secs(120)).unwrap();
    assert!(
        matches!(&late, Notice::ObservationLate { instrument, .. } if instrument == "g"),
        "{late:?}"
    );
}
