//! What people read while a program runs: lines for logs and events, and a tree for each finished
//! trace ([`TraceTree`]). The form may change at any time; for machines there are JSON lines.

mod lines;
mod style;
#[cfg(test)]
mod tests;
mod traces;
mod tree;
mod tree_span;

use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use telemetry_core::{Batch, Counts, MetricSnapshot, Receipt, Signal, Sink};

pub use style::Style;
pub use tree::TraceTree;
pub use tree_span::TreeSpan;

use crate::lines::Signals;
use style::Paint;
use traces::{Finished, Traces};

/// The sink of the readable console, on standard error.
#[derive(Debug)]
pub(crate) struct ConsoleSink<W> {
    out: W,
    style: Style,
    signals: Signals,
    traces: Traces,
    text: String,
    /// Trees shown in the present second, and those for which there was no room.
    shown: u32,
    hidden: u32,
    second: Instant,
}

impl<W: Write + Send> ConsoleSink<W> {
    /// No eye follows more; what is beyond is counted as dropped and said.
    const TREES_A_SECOND: u32 = 20;

    pub(crate) fn new(out: W, style: Style, signals: Signals) -> Self {
        Self {
            out,
            style,
            signals,
            traces: Traces::default(),
            text: String::new(),
            shown: 0,
            hidden: 0,
            second: Instant::now(),
        }
    }

    fn show_finished(&mut self, now: Instant) -> Receipt {
        let finished = self.traces.finished(now);
        self.show(&finished, now)
    }

    /// Shows the traces in `finished`, as many as a second takes.
    fn show(&mut self, finished: &Finished, now: Instant) -> Receipt {
        let mut spans = Counts { dropped: finished.evicted, ..Counts::default() };
        self.begin_second(now);
        for tree in &finished.trees {
            let count = tree.spans().len() as u64;
            if self.shown < Self::TREES_A_SECOND {
                self.shown += 1;
                self.text.push_str(&tree.render(self.style));
                spans.exported += count;
            } else {
                self.hidden += 1;
                spans.dropped += count;
            }
        }
        self.print();
        Receipt { spans, ..Receipt::default() }
    }

    /// Begins another second, when one has passed, with a word on what the last one left out.
    fn begin_second(&mut self, now: Instant) {
        if now.duration_since(self.second) < Duration::from_secs(1) {
            return;
        }
        self.second = now;
        self.shown = 0;
        self.say_hidden();
    }

    fn say_hidden(&mut self) {
        let hidden = std::mem::take(&mut self.hidden);
        if hidden > 0 {
            let note = format!(
                "… {hidden} more traces, not shown: no more than {} a second are",
                Self::TREES_A_SECOND
            );
            self.text.push_str(&self.style.paint(Paint::Dim, note).to_string());
            self.text.push('\n');
        }
    }

    /// Writes what has gathered. A console that is gone takes nothing; there is nowhere to say so.
    fn print(&mut self) {
        if !self.text.is_empty() {
            let _ = self.out.write_all(self.text.as_bytes());
            let _ = self.out.flush();
            self.text.clear();
        }
    }
}

impl<W: Write + Send> Sink for ConsoleSink<W> {
    fn name(&self) -> &'static str {
        "console"
    }

    fn accepts(&self, signal: Signal) -> bool {
        self.signals.accepts(signal)
    }

    fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
        let now = Instant::now();
        for log in batch.logs() {
            lines::put_log(&mut self.text, &log, self.style);
        }
        for span in batch.spans() {
            self.traces.add(&span, now);
        }
        let mut receipt = self.show_finished(now);
        if batch.signal() == Signal::Logs {
            receipt.logs.exported = batch.len() as u64;
        }
        receipt
    }

    fn tick_interval(&self) -> Option<Duration> {
        Some(Duration::from_millis(100))
    }

    fn tick(&mut self) -> Receipt {
        let now = Instant::now();
        self.show_finished(now)
    }

    fn metrics_interval(&self) -> Option<Duration> {
        self.signals.metrics
    }

    fn export_metrics(&mut self, snapshot: &MetricSnapshot) -> Receipt {
        lines::put_metrics(&mut self.text, snapshot, self.style);
        self.print();
        Receipt {
            points: Counts { exported: snapshot.points() as u64, ..Counts::default() },
            ..Receipt::default()
        }
    }

    fn flush(&mut self, _: Instant) -> Receipt {
        let all = self.traces.all();
        let receipt = self.show(&all, Instant::now());
        self.say_hidden();
        self.print();
        receipt
    }
}
