use std::fmt;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use telemetry_core::semconv::db;
use telemetry_core::{BoundCounter, BoundHistogram, Observer, Registration, Value};

use super::PoolState;
use super::name::UniqueName;
use crate::instruments::Instruments;

/// The pipelines in which a pool is visible. Mostly there is one.
pub(super) struct Registrations {
    state: Arc<State>,
    first: OnceLock<Arc<Registered>>,
    others: Mutex<Vec<Arc<Registered>>>,
}

type State = dyn Fn() -> PoolState + Send + Sync;

/// The pool in one pipeline, which is known by its instruments.
pub(super) struct Registered {
    instruments: Arc<Instruments>,
    pub(super) wait_time: BoundHistogram,
    pub(super) use_time: BoundHistogram,
    pub(super) timeouts: BoundCounter,
    /// Taken for as long as the callbacks tell it.
    _name: Arc<UniqueName>,
    _callbacks: [Registration; 3],
}

impl Registrations {
    pub(super) fn new(state: Arc<State>) -> Self {
        Registrations { state, first: OnceLock::new(), others: Mutex::new(Vec::new()) }
    }

    /// The pool in the pipeline of `instruments`, made visible there if it was
    /// not yet.
    #[inline]
    pub(super) fn of(
        &self,
        instruments: &Arc<Instruments>,
        name: &Arc<UniqueName>,
        waiting: &Arc<AtomicI64>,
    ) -> Arc<Registered> {
        let register = || Arc::new(self.register(instruments, name, waiting));
        let first = self.first.get_or_init(register);
        if Arc::ptr_eq(&first.instruments, instruments) {
            Arc::clone(first)
        } else {
            self.other(instruments, register)
        }
    }

    #[cold]
    fn other(
        &self,
        instruments: &Arc<Instruments>,
        register: impl Fn() -> Arc<Registered>,
    ) -> Arc<Registered> {
        let mut others = self.others.lock().unwrap_or_else(PoisonError::into_inner);
        let known = others.iter().find(|other| Arc::ptr_eq(&other.instruments, instruments));
        if let Some(known) = known {
            return Arc::clone(known);
        }
        let registered = register();
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
        let count = observe(
            db::CLIENT_CONNECTION_COUNT,
            "{connection}",
            "The number of connections that are currently in state described by the `state` attribute.",
            Box::new(move |observer, name| {
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
        let state = Arc::clone(&self.state);
        let max = observe(
            db::CLIENT_CONNECTION_MAX,
            "{connection}",
            "The maximum number of open connections allowed.",
            Box::new(move |observer, name| {
                if let Some(max) = state().max {
                    let labels = [(db::CLIENT_CONNECTION_POOL_NAME, Value::Str(name))];
                    observer.observe(max, &labels);
                }
            }),
        );
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
            _callbacks: [count, max, pending],
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
