use std::fmt;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use telemetry_core::semconv::db;
use telemetry_core::{BoundCounter, BoundHistogram, Observer, Registration, Value};

use super::PoolState;
use super::culprit::Culprit;
use super::holders::Holders;
use super::name::UniqueName;
use crate::instruments::Instruments;
use crate::names;

/// The pipelines in which a pool is visible. Mostly there is one.
pub(super) struct Registrations {
    state: Arc<State>,
    holders: Arc<Holders>,
    /// In nanoseconds.
    overdue: Arc<AtomicU64>,
    first: OnceLock<Registered>,
    others: Mutex<Vec<Arc<Registered>>>,
}

/// A minute, in nanoseconds.
const OVERDUE: u64 = 60_000_000_000;

type State = dyn Fn() -> PoolState + Send + Sync;

/// The pool in one pipeline, which is known by its instruments.
pub(super) struct Registered {
    instruments: Arc<Instruments>,
    pub(super) wait_time: BoundHistogram,
    pub(super) use_time: BoundHistogram,
    pub(super) timeouts: BoundCounter,
    /// Taken for as long as the callbacks tell it.
    _name: Arc<UniqueName>,
    _callbacks: [Registration; 6],
}

/// In which pipeline the pool is measured.
#[derive(Debug)]
pub(super) enum Metrics {
    Nobodys,
    First,
    Other(Arc<Registered>),
}

impl Registrations {
    pub(super) fn new(state: Arc<State>, holders: Arc<Holders>) -> Self {
        let overdue = Arc::new(AtomicU64::new(OVERDUE));
        let (first, others) = (OnceLock::new(), Mutex::new(Vec::new()));
        Registrations { state, holders, overdue, first, others }
    }

    pub(super) fn overdue_after(&self, nanos: u64) {
        self.overdue.store(nanos, Ordering::Relaxed);
    }

    pub(super) fn state(&self) -> PoolState {
        (self.state)()
    }

    /// The pool in the pipeline of `instruments`, made visible there if it was
    /// not yet.
    #[inline]
    pub(super) fn of(
        &self,
        instruments: &Arc<Instruments>,
        name: &Arc<UniqueName>,
        waiting: &Arc<AtomicI64>,
    ) -> Metrics {
        let register = || self.register(instruments, name, waiting);
        if Arc::ptr_eq(&self.first.get_or_init(register).instruments, instruments) {
            Metrics::First
        } else {
            Metrics::Other(self.other(instruments, register))
        }
    }

    /// What is measured of the pool there.
    #[inline]
    pub(super) fn measured<'a>(&'a self, metrics: &'a Metrics) -> Option<&'a Registered> {
        match metrics {
            Metrics::Nobodys => None,
            Metrics::First => self.first.get(),
            Metrics::Other(other) => Some(other),
        }
    }

    #[cold]
    fn other(
        &self,
        instruments: &Arc<Instruments>,
        register: impl Fn() -> Registered,
    ) -> Arc<Registered> {
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let known = others.iter().find(|other| Arc::ptr_eq(&other.instruments, instruments));
        if let Some(known) = known {
            return Arc::clone(known);
        }
        let registered = Arc::new(register());
        others.push(Arc::clone(&registered));
        registered
    }

    fn register(
        &self,
        instruments: &Arc<Instruments>,
        name: &Arc<UniqueName>,
        waiting: &Arc<AtomicI64>,
    ) -> Registered {
        let meter = &instruments.meter;
        let observe = |metric, unit, description, look: Box<Look>| {
            let name: Box<str> = name.as_str().into();
            meter
                .observable_up_down_counter(metric)
                .unit(unit)
                .description(description)
                .callback(move |observer: &mut Observer| look(observer, &name))
        };
        let state = Arc::clone(&self.state);
        let (holders, overdue) = (Arc::clone(&self.holders), Arc::clone(&self.overdue));
        let count = observe(
            db::CLIENT_CONNECTION_COUNT,
            "{connection}",
            "The number of connections that are currently in state described by the `state` attribute.",
            Box::new(move |observer, name| {
                let limit = Duration::from_nanos(overdue.load(Ordering::Relaxed));
                for holder in holders.overdue(limit) {
                    Culprit::overdue(name, &holder);
                }
                let now = state();
                for (label, count) in [("idle", now.idle), ("used", now.used)] {
                    let labels = [
                        (db::CLIENT_CONNECTION_POOL_NAME, Value::Str(name)),
                        (db::CLIENT_CONNECTION_STATE, Value::Str(label)),
                    ];
                    observer.observe(count, &labels);
                }
            }),
        );
        let limit = |metric, description, limit: fn(&PoolState) -> Option<u64>| {
            let state = Arc::clone(&self.state);
            let look = move |observer: &mut Observer, name: &str| {
                if let Some(limit) = limit(&state()) {
                    let labels = [(db::CLIENT_CONNECTION_POOL_NAME, Value::Str(name))];
                    observer.observe(limit, &labels);
                }
            };
            observe(metric, "{connection}", description, Box::new(look))
        };
        let max = limit(
            db::CLIENT_CONNECTION_MAX,
            "The maximum number of open connections allowed.",
            |state| state.max,
        );
        let idle_max = limit(
            db::CLIENT_CONNECTION_IDLE_MAX,
            "The maximum number of idle open connections allowed.",
            |state| state.idle_max,
        );
        let idle_min = limit(
            db::CLIENT_CONNECTION_IDLE_MIN,
            "The minimum number of idle open connections allowed.",
            |state| state.idle_min,
        );
        let state = Arc::clone(&self.state);
        let utilization = {
            let name: Box<str> = name.as_str().into();
            meter
                .observable_gauge(names::CONNECTION_UTILIZATION)
                .unit("1")
                .description("The share of the connections allowed that are lent.")
                .callback(move |observer: &mut Observer| {
                    let now = state();
                    if let Some(max) = now.max.filter(|max| *max > 0) {
                        let labels = [(db::CLIENT_CONNECTION_POOL_NAME, Value::Str(&name))];
                        observer.observe(now.used as f64 / max as f64, &labels);
                    }
                })
        };
        let waiting = Arc::clone(waiting);
        let pending = observe(
            db::CLIENT_CONNECTION_PENDING_REQUESTS,
            "{request}",
            "The number of current pending requests for an open connection.",
            Box::new(move |observer, name| {
                let labels = [(db::CLIENT_CONNECTION_POOL_NAME, Value::Str(name))];
                observer.observe(waiting.load(Ordering::Relaxed), &labels);
            }),
        );
        let labels = [(db::CLIENT_CONNECTION_POOL_NAME, Value::Str(name.as_str()))];
        Registered {
            instruments: Arc::clone(instruments),
            wait_time: instruments.wait_time.bind(&labels),
            use_time: instruments.use_time.bind(&labels),
            timeouts: instruments.timeouts.bind(&labels),
            _name: Arc::clone(name),
            _callbacks: [count, max, idle_max, idle_min, utilization, pending],
        }
    }
}

type Look = dyn Fn(&mut Observer, &str) + Send + Sync;

impl fmt::Debug for Registrations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registrations").finish_non_exhaustive()
    }
}

impl fmt::Debug for Registered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registered").finish_non_exhaustive()
    }
}
