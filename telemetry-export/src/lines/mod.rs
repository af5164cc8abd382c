//! JSON lines, on standard output or in a file: one flat object per record ([`Lines`]).
//! `docs/RECORDS.md` documents the fields.

mod output;
mod record;
mod span_events;

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use telemetry_core::{Batch, Counts, MetricSnapshot, Receipt, Resource, Signal, Sink};

pub(crate) use output::{File, Output, Stdout, Unwritten};
use record::Records;

use crate::notice::say;

/// Which signals a sink takes; metrics are taken when they have an interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Signals {
    pub(crate) spans: bool,
    pub(crate) logs: bool,
    pub(crate) metrics: Option<Duration>,
}

impl Signals {
    pub(crate) fn any(self) -> bool {
        self.spans || self.logs || self.metrics.is_some()
    }

    pub(crate) fn accepts(self, signal: Signal) -> bool {
        match signal {
            Signal::Spans => self.spans,
            Signal::Logs => self.logs,
            _ => false,
        }
    }
}

/// The sink of JSON lines.
pub(crate) struct Lines<O> {
    output: O,
    signals: Signals,
    records: Records,
    buffer: Vec<u8>,
    /// Records lost since the output last took some.
    lost: u64,
}

impl<O: Output> Lines<O> {
    /// Memory that is kept from one batch to the next.
    const KEPT_BYTES: usize = 256 * 1024;

    pub(crate) fn new(output: O, signals: Signals) -> Self {
        Self { output, signals, records: Records::default(), buffer: Vec::new(), lost: 0 }
    }

    /// Writes what is in the buffer, `records` in number.
    fn write(&mut self, records: u64) -> Counts {
        let written = self.output.write(&self.buffer);
        // A line a record: what is on the disk counts as delivered, even where the rest found no room.
        let lines = match &written {
            Ok(()) => records,
            Err(unwritten) => whole_lines(&self.buffer, unwritten.written).min(records),
        };
        self.buffer.clear();
        self.buffer.shrink_to(Self::KEPT_BYTES);
        let name = &self.output;
        match written {
            Ok(()) => {
                if self.lost > 0 {
                    say(format_args!(
                        "{name}: writing again after {} records were lost",
                        self.lost
                    ));
                    self.lost = 0;
                }
                Counts { exported: records, ..Counts::default() }
            }
            Err(Unwritten { error, .. }) => {
                if self.lost == 0 {
                    say(format_args!(
                        "{name}: {error}; records are dropped and counted until it works again"
                    ));
                }
                let dropped = records - lines;
                self.lost += dropped;
                Counts { exported: lines, dropped, ..Counts::default() }
            }
        }
    }
}

/// Lines that end among the first bytes.
fn whole_lines(buffer: &[u8], bytes: usize) -> u64 {
    let written = buffer.get(..bytes).unwrap_or(buffer);
    written.iter().filter(|byte| **byte == b'\n').count() as u64
}

impl<O: Output> Sink for Lines<O> {
    fn name(&self) -> &'static str {
        self.output.name()
    }

    fn accepts(&self, signal: Signal) -> bool {
        self.signals.accepts(signal)
    }

    fn start(&mut self, resource: &Resource) {
        self.records = Records::of(resource);
    }

    fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
        for span in batch.spans() {
            self.records.put_span(&mut self.buffer, &span);
        }
        for log in batch.logs() {
            self.records.put_log(&mut self.buffer, &log);
        }
        Receipt::of(batch.signal(), self.write(batch.len() as u64))
    }

    fn metrics_interval(&self) -> Option<Duration> {
        self.signals.metrics
    }

    fn export_metrics(&mut self, snapshot: &MetricSnapshot) -> Receipt {
        let points = snapshot.points() as u64;
        if points == 0 {
            return Receipt::default();
        }
        self.records.put_metrics(&mut self.buffer, snapshot);
        Receipt { points: self.write(points), ..Receipt::default() }
    }

    fn shutdown(&mut self, _: Instant) -> Receipt {
        if self.lost > 0 {
            say(format_args!("{}: {} records were lost", self.output, self.lost));
        }
        Receipt::default()
    }
}

impl<O: fmt::Debug> fmt::Debug for Lines<O> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Lines")
            .field("output", &self.output)
            .field("signals", &self.signals)
            .finish()
    }
}
