use std::fmt;
use std::sync::Arc;

use super::Signal;
use super::ring::{Frames, Lease};
use crate::event::LogRef;
use crate::scope::Scope;
use crate::span::SpanRef;

/// Records of one signal on their way to the sinks, still encoded; decoded while they are iterated.
///
/// ```
/// use std::sync::Arc;
/// use telemetry_core::{Batch, Receipt, Signal, Sink};
///
/// /// Prints what failed.
/// struct Failures;
///
/// impl Sink for Failures {
///     fn name(&self) -> &'static str {
///         "failures"
///     }
///     fn accepts(&self, _: Signal) -> bool {
///         true
///     }
///     fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
///         for span in batch.spans().filter(|span| span.status().is_error()) {
///             println!("{} failed", span.name());
///         }
///         for log in batch.logs().filter(|log| log.event_name() == "exception") {
///             println!("{:?}", log.attribute("exception.message"));
///         }
///         Receipt::exported(batch)
///     }
/// }
/// ```
pub struct Batch {
    signal: Signal,
    records: u64,
    /// Memory that counts as this batch's.
    bytes: usize,
    /// Where the records lie, maybe among those of another signal.
    lease: Arc<Lease>,
}

impl Batch {
    /// The records of `signal` in a segment that has `all` records.
    pub(super) fn new(signal: Signal, records: u64, all: u64, lease: Arc<Lease>) -> Self {
        let share = lease.capacity() as u64 * records / all.max(1);
        Self { signal, records, bytes: share as usize, lease }
    }

    /// What the records are.
    pub fn signal(&self) -> Signal {
        self.signal
    }

    /// How many records there are.
    pub fn len(&self) -> usize {
        self.records as usize
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.records == 0
    }

    /// Bytes of memory that the batch holds: its records, and what is free beside them.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// The spans; none for a batch of another signal.
    pub fn spans(&self) -> impl Iterator<Item = SpanRef<'_>> {
        self.of(Signal::Spans).map(|(scope, record)| SpanRef::new(scope, record))
    }

    /// The log records; none for a batch of another signal.
    pub fn logs(&self) -> impl Iterator<Item = LogRef<'_>> {
        self.of(Signal::Logs).map(|(scope, record)| LogRef::new(scope, record))
    }

    fn of(&self, signal: Signal) -> impl Iterator<Item = (&'static Scope, &[u8])> {
        // Runs of records mostly come from one library: its scope is looked up once.
        let mut last: Option<(u16, &'static Scope)> = None;
        let bytes = if signal == self.signal { self.lease.bytes() } else { &[] };
        Frames::new(bytes).filter(move |frame| frame.fate.signal == signal).map(move |frame| {
            let known = last.filter(|(id, _)| *id == frame.scope);
            let (_, scope) =
                *last.insert(known.unwrap_or_else(|| (frame.scope, Scope::of_id(frame.scope))));
            (scope, frame.record)
        })
    }
}

impl fmt::Debug for Batch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Batch")
            .field("signal", &self.signal)
            .field("records", &self.records)
            .field("bytes", &self.bytes)
            .finish()
    }
}
