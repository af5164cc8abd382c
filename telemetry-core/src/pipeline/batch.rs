use std::fmt;
use std::sync::{Arc, Weak};

use super::Signal;
use super::ring::Frames;
use super::shared::BufferPool;
use crate::event::LogRef;
use crate::scope::Scope;
use crate::span::SpanRef;

/// Records of one signal on their way to the sinks, still encoded; decoded while they are iterated.
pub struct Batch {
    signal: Signal,
    records: u64,
    bytes: Vec<u8>,
    /// Where the buffer goes when the last sink is done with it.
    home: Weak<BufferPool>,
}

impl Batch {
    pub(super) fn new(
        signal: Signal,
        records: u64,
        bytes: Vec<u8>,
        home: &Arc<BufferPool>,
    ) -> Self {
        Self { signal, records, bytes, home: Arc::downgrade(home) }
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

    /// Bytes of memory that the records take.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
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
        Frames::new(&self.bytes).filter(move |frame| frame.signal == signal).map(move |frame| {
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
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

impl Drop for Batch {
    fn drop(&mut self) {
        if let Some(home) = self.home.upgrade() {
            home.put(std::mem::take(&mut self.bytes));
        }
    }
}
