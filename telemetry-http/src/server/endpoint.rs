use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, Once, PoisonError};

use hashbrown::HashTable;
use http::Version;
use telemetry_core::{BoundUpDownCounter, Context, EncodedAttributes, Pipeline};

use super::common::CommonAttributes;
use super::context_headers::ContextHeaders;
use super::instruments::{INSTRUMENTS, ServerInstruments};
use super::method::Method;
use super::series::{BoundSeries, End, Sizes, protocol_version};
use super::settings::Scheme;
use super::stability::Stability;

/// Requests of one kind and route: the name of their spans and the series of their metrics, found
/// once by each thread.
#[derive(Debug)]
pub(super) struct Endpoint {
    kind: RequestKind,
    route: Option<Box<str>>,
    name: Cow<'static, str>,
    common: CommonAttributes,
    context_headers: ContextHeaders,
    instruments: Arc<ServerInstruments>,
    active: BoundUpDownCounter,
    series: BoundSeries,
}

/// What requests have in common that are measured together, but for their route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RequestKind {
    /// The number of the pipeline.
    pub(super) pipeline: u64,
    pub(super) method: Method,
    pub(super) scheme: Scheme,
    pub(super) version: Version,
}

impl Endpoint {
    /// The endpoint of a kind of request in the present pipeline; none where there is no pipeline any
    /// more.
    #[inline]
    pub(super) fn of(kind: RequestKind, route: Option<&str>) -> Option<Arc<Self>> {
        Self::known_or(kind, route, || {
            let pipeline = Pipeline::current()?;
            // Another one, when the global pipeline was exchanged just now.
            let kind = RequestKind { pipeline: pipeline.id(), ..kind };
            let context_headers = ContextHeaders::of(pipeline.propagators());
            report_once();
            Some(Self::new(INSTRUMENTS.of(&pipeline), context_headers, kind, route))
        })
    }

    /// The endpoint of the same kind of request at `route`.
    pub(super) fn at(&self, route: &str) -> Option<Arc<Self>> {
        Self::known_or(self.kind, Some(route), || {
            let instruments = Arc::clone(&self.instruments);
            Some(Self::new(instruments, self.context_headers.clone(), self.kind, Some(route)))
        })
    }

    #[inline]
    fn known_or(
        kind: RequestKind,
        route: Option<&str>,
        make: impl FnOnce() -> Option<Self>,
    ) -> Option<Arc<Self>> {
        // Without a table, which is while the thread ends, it is made for the one request.
        let known = TABLE.try_with(|table| table.try_borrow().ok()?.find(kind, route));
        known.ok().flatten().or_else(|| made(make()?))
    }

    #[cold]
    fn new(
        instruments: Arc<ServerInstruments>,
        context_headers: ContextHeaders,
        kind: RequestKind,
        route: Option<&str>,
    ) -> Self {
        let name = match route {
            Some(route) => lasting(format!("{} {route}", kind.method.in_names())),
            None => Cow::Borrowed(kind.method.in_names()),
        };
        Self {
            kind,
            route: route.map(Into::into),
            name,
            common: CommonAttributes::default(),
            context_headers,
            active: instruments.active(kind.method, kind.scheme),
            instruments,
            series: BoundSeries::default(),
        }
    }

    pub(super) fn instruments(&self) -> &ServerInstruments {
        &self.instruments
    }

    #[inline]
    pub(super) fn context_headers(&self) -> &ContextHeaders {
        &self.context_headers
    }

    pub(super) fn kind(&self) -> RequestKind {
        self.kind
    }

    pub(super) fn route(&self) -> Option<&str> {
        self.route.as_deref()
    }

    /// What all spans of requests to this authority have in common, if it is one of those that are kept.
    #[inline]
    pub(super) fn common(&self, authority: &[u8]) -> Option<&EncodedAttributes> {
        self.common.of(self.kind, self.route(), authority)
    }

    /// The name of the spans.
    #[inline]
    pub(super) fn name(&self) -> Cow<'static, str> {
        self.name.clone()
    }

    /// Counts a request that begins.
    #[inline]
    pub(super) fn enter(&self) {
        self.active.add(1);
    }

    /// Counts a request that has ended, after so many seconds in its span's context.
    #[inline]
    pub(super) fn leave(
        &self,
        end: End,
        error_type: Option<&str>,
        seconds: f64,
        sizes: Sizes,
        context: &Context,
    ) {
        self.series.record(self, end, error_type, seconds, sizes, context);
        if let Some(old) = &self.instruments.old {
            old.record(self, end, seconds, sizes, context);
        }
        self.active.add(-1);
    }
}

impl RequestKind {
    /// For `url.scheme`.
    pub(super) fn scheme(self) -> &'static str {
        self.scheme.as_str()
    }

    /// For `network.protocol.version`.
    pub(super) fn version(self) -> Option<&'static str> {
        protocol_version(self.version)
    }
}

/// What is wrong with the settings, once a process, as soon as there is somebody to tell it to.
fn report_once() {
    static REPORTED: Once = Once::new();
    REPORTED.call_once(Stability::report_unknown);
}

thread_local! {
    static TABLE: RefCell<Table> = const { RefCell::new(Table(HashTable::new())) };
}

/// Keeps a new endpoint in the calling thread's table.
#[cold]
fn made(endpoint: Endpoint) -> Option<Arc<Endpoint>> {
    let endpoint = Arc::new(endpoint);
    let _ = TABLE.try_with(|table| {
        if let Ok(mut table) = table.try_borrow_mut() {
            table.add(Arc::clone(&endpoint));
        }
    });
    Some(endpoint)
}

/// The endpoints that a thread has seen.
struct Table(HashTable<Arc<Endpoint>>);

impl Table {
    /// Entries above which the table starts anew: a bound for routes that never repeat.
    const MAX_ENTRIES: usize = 1024;

    #[inline]
    fn find(&self, kind: RequestKind, route: Option<&str>) -> Option<Arc<Endpoint>> {
        let same = |entry: &Arc<Endpoint>| entry.kind == kind && entry.route() == route;
        self.0.find(hash(kind.method, route), same).cloned()
    }

    fn add(&mut self, endpoint: Arc<Endpoint>) {
        if self.0.len() >= Self::MAX_ENTRIES {
            self.0.clear();
        }
        let hash_of = |entry: &Arc<Endpoint>| hash(entry.kind.method, entry.route());
        self.0.insert_unique(hash_of(&endpoint), endpoint, hash_of);
    }
}

/// Of what differs most; there is rarely a second pipeline, scheme or version. Routes are code, so that
/// nobody outside can choose them to collide.
#[inline]
fn hash(method: Method, route: Option<&str>) -> u64 {
    const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
    let route = route.unwrap_or_default().as_bytes();
    let mix = |hash: u64, word: u64| (hash.rotate_left(23) ^ word).wrapping_mul(FACTOR);
    let word = |bytes: &[u8; 8]| u64::from_le_bytes(*bytes);
    let mut hash = mix(route.len() as u64, u64::from(method.number()));
    match route.last_chunk() {
        // The last word may overlap the one before it.
        Some(last) => {
            hash = route.as_chunks().0.iter().fold(hash, |hash, bytes| mix(hash, word(bytes)));
            hash = mix(hash, word(last));
        }
        None => hash = route.iter().fold(hash, |hash, byte| mix(hash, u64::from(*byte))),
    }
    hash ^ hash >> 32
}

/// `name` for the life of the process, so that no span copies it. Routes are code and few; beyond a
/// bound, names are copied after all.
pub(crate) fn lasting(name: String) -> Cow<'static, str> {
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
