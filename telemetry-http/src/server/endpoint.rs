use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashSet;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, PoisonError};

use hashbrown::{DefaultHashBuilder, HashTable};

use super::instruments::ServerInstruments;
use super::method::Method;
use super::series::{BoundSeries, End};

/// Requests of one method and route in one pipeline: the name of their spans and the series of their
/// durations, found once by each thread.
#[derive(Debug)]
pub(super) struct Endpoint {
    instruments: Arc<ServerInstruments>,
    method: Method,
    route: Option<Box<str>>,
    name: Cow<'static, str>,
    series: BoundSeries,
}

impl Endpoint {
    /// The endpoint of a method and route.
    #[inline]
    pub(super) fn of(
        instruments: &Arc<ServerInstruments>,
        method: Method,
        route: Option<&str>,
    ) -> Arc<Self> {
        let known = TABLE.try_with(|table| match table.try_borrow_mut() {
            Ok(mut table) => Some(table.find(instruments, method, route)),
            Err(_) => None,
        });
        // Without a table, which is while the thread ends, it is made for the one request.
        known.ok().flatten().unwrap_or_else(|| Arc::new(Self::new(instruments, method, route)))
    }

    fn new(instruments: &Arc<ServerInstruments>, method: Method, route: Option<&str>) -> Self {
        let name = match route {
            Some(route) => lasting(format!("{} {route}", method.in_names())),
            None => Cow::Borrowed(method.in_names()),
        };
        Self {
            instruments: Arc::clone(instruments),
            method,
            route: route.map(Into::into),
            name,
            series: BoundSeries::default(),
        }
    }

    pub(super) fn instruments(&self) -> &Arc<ServerInstruments> {
        &self.instruments
    }

    pub(super) fn method(&self) -> Method {
        self.method
    }

    pub(super) fn route(&self) -> Option<&str> {
        self.route.as_deref()
    }

    /// The name of the spans.
    #[inline]
    pub(super) fn name(&self) -> Cow<'static, str> {
        self.name.clone()
    }

    /// Enters a request's duration.
    #[inline]
    pub(super) fn record(&self, end: End, error_type: Option<&str>, seconds: f64) {
        self.series.record(self, end, error_type, seconds);
    }

    #[inline]
    fn is(
        &self,
        instruments: &Arc<ServerInstruments>,
        method: Method,
        route: Option<&str>,
    ) -> bool {
        self.method == method
            && Arc::ptr_eq(&self.instruments, instruments)
            && self.route() == route
    }
}

thread_local! {
    static TABLE: RefCell<Table> = RefCell::new(Table::default());
}

/// The endpoints that a thread has seen.
#[derive(Default)]
struct Table {
    entries: HashTable<Arc<Endpoint>>,
    hasher: DefaultHashBuilder,
}

impl Table {
    /// Entries above which the table starts anew: a bound for routes that never repeat.
    const MAX_ENTRIES: usize = 1024;

    #[inline]
    fn find(
        &mut self,
        instruments: &Arc<ServerInstruments>,
        method: Method,
        route: Option<&str>,
    ) -> Arc<Endpoint> {
        // The pipeline is left out of the hash: there is rarely a second.
        let hash = self.hasher.hash_one((method, route));
        let same = |entry: &Arc<Endpoint>| entry.is(instruments, method, route);
        match self.entries.find(hash, same) {
            Some(known) => Arc::clone(known),
            None => self.add(hash, Arc::new(Endpoint::new(instruments, method, route))),
        }
    }

    #[cold]
    fn add(&mut self, hash: u64, endpoint: Arc<Endpoint>) -> Arc<Endpoint> {
        if self.entries.len() >= Self::MAX_ENTRIES {
            self.entries.clear();
        }
        let hasher = &self.hasher;
        self.entries.insert_unique(hash, Arc::clone(&endpoint), |entry| {
            hasher.hash_one((entry.method, entry.route()))
        });
        endpoint
    }
}

/// `name` for the life of the process, so that no span copies it. Routes are code and few; beyond a
/// bound, names are copied after all.
fn lasting(name: String) -> Cow<'static, str> {
    const MAX_NAMES: usize = 4096;
    static NAMES: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let names = names.get_or_insert_default();
    if let Some(known) = names.get(name.as_str()) {
        return Cow::Borrowed(*known);
    }
    if names.len() >= MAX_NAMES {
        return Cow::Owned(name);
    }
    let name: &'static str = Box::leak(name.into_boxed_str());
    names.insert(name);
    Cow::Borrowed(name)
}
