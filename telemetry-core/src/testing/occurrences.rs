use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::{Capture, OwnedValue};
use crate::context::{SpanId, TraceId};
use crate::handler::{Occasion, Occurrence, On};
use crate::sync::lock;

/// What a handler of a test was told, from [`Capture::attach`].
///
/// ```
/// use telemetry_core::emit;
/// use telemetry_core::handler::On;
/// use telemetry_core::testing::Capture;
///
/// let capture = Capture::start();
/// let placed = capture.attach("orders", [On::event("order.placed")]);
/// capture.run(|| emit!("order.placed", { lines: 3 }));
/// assert_eq!(placed.all().len(), 1);
/// ```
#[derive(Debug)]
pub struct CapturedOccurrences<'a> {
    capture: &'a Capture,
    store: Arc<Mutex<Vec<CapturedOccurrence>>>,
}

/// An occurrence that a test has captured.
///
/// ```
/// use telemetry_core::emit;
/// use telemetry_core::handler::On;
/// use telemetry_core::testing::Capture;
///
/// let capture = Capture::start();
/// let placed = capture.attach("orders", [On::event("order.placed")]);
/// capture.run(|| emit!("order.placed", { lines: 3 }));
/// let order = &placed.all()[0];
/// assert_eq!((order.name.as_str(), order.attribute("lines").unwrap()), ("order.placed", &3.into()));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CapturedOccurrence {
    /// What it is.
    pub occasion: Occasion,
    /// The name of the event or span.
    pub name: String,
    /// The attributes, and an event's measurements among them.
    pub attributes: BTreeMap<String, OwnedValue>,
    /// How long a span took that has ended.
    pub duration: Option<Duration>,
    /// When it happened, in nanoseconds since the Unix epoch.
    pub time_unix_nanos: u64,
    /// The trace that it belongs to.
    pub trace_id: Option<TraceId>,
    /// The span that it belongs to or is.
    pub span_id: Option<SpanId>,
}

impl Capture {
    /// Attaches a handler that keeps what it is told.
    ///
    /// ```
    /// use telemetry_core::handler::{Occasion, On};
    /// use telemetry_core::span;
    /// use telemetry_core::testing::Capture;
    ///
    /// let capture = Capture::start();
    /// let orders = capture.attach("orders", On::span("order.place"));
    /// capture.run(|| span!("order.place", "order.id" = 17).in_scope(|| ()));
    ///
    /// let told = orders.all();
    /// assert_eq!((told[0].occasion, told[1].occasion), (Occasion::SpanStart, Occasion::SpanStop));
    /// assert_eq!(told[0].attribute("order.id").unwrap(), &17);
    /// ```
    ///
    /// # Panics
    ///
    /// When the handler can't be attached.
    pub fn attach(&self, id: &str, on: impl IntoIterator<Item = On>) -> CapturedOccurrences<'_> {
        let store = Arc::<Mutex<Vec<CapturedOccurrence>>>::default();
        let told = Arc::clone(&store);
        let attached = self.pipeline().attach(id, on, move |occurrence| {
            lock(&told).push(CapturedOccurrence::new(occurrence));
        });
        assert!(attached.is_ok(), "the handler {id} was not attached: {attached:?}");
        CapturedOccurrences { capture: self, store }
    }
}

impl CapturedOccurrences<'_> {
    /// Waits until all that has happened was told, and gives it in order.
    pub fn all(&self) -> Vec<CapturedOccurrence> {
        self.capture.flush();
        lock(&self.store).clone()
    }
}

impl CapturedOccurrence {
    fn new(occurrence: &Occurrence<'_>) -> Self {
        let attributes = occurrence.attributes();
        Self {
            occasion: occurrence.occasion(),
            name: occurrence.name().to_owned(),
            attributes: attributes.map(|(key, value)| (key.to_owned(), value.into())).collect(),
            duration: occurrence.duration(),
            time_unix_nanos: occurrence.time_unix_nanos(),
            trace_id: occurrence.trace_id(),
            span_id: occurrence.span_id(),
        }
    }

    /// The value of an attribute.
    pub fn attribute(&self, key: &str) -> Option<&OwnedValue> {
        self.attributes.get(key)
    }
}
