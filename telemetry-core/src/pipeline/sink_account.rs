use std::time::Duration;

use super::sink::{Counts, Receipt};
use super::{Signal, SinkCounts};
use crate::metric::Histogram;
use crate::semconv;

/// What became of what a sink was given, and where it is.
#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) records: [SinkCounts; Signal::COUNT],
    pub(super) points: SinkCounts,
    queue: [QueueCounts; Signal::COUNT],
    /// Records, by signal, and points that a panic of the sink took along.
    panicked: [u64; Signal::COUNT],
    panicked_points: u64,
}

/// What became of records in the queue before the sink.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct QueueCounts {
    pub(super) waiting: u64,
    /// Given to the sink itself.
    pub(super) given: u64,
    /// Dropped since the queue was full.
    pub(super) full: u64,
    /// Dropped since the sink had been shut down.
    pub(super) shut_down: u64,
    /// Dropped since the time for shutting down was over.
    pub(super) abandoned: u64,
}

/// An account as self-telemetry shows it.
#[derive(Clone, Debug)]
pub(super) struct SinkFlow {
    pub(super) queue: [QueueCounts; Signal::COUNT],
    /// By signal, and at last the points of metrics.
    pub(super) exporter: [ExporterCounts; Signal::COUNT + 1],
}

/// What became of what was given to the sink itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ExporterCounts {
    pub(super) inflight: u64,
    pub(super) exported: u64,
    pub(super) rejected: u64,
    pub(super) panicked: u64,
    /// Given up for reasons that the sink alone knows.
    pub(super) given_up: u64,
}

impl Account {
    /// Enters a batch that the queue took, or, when it doesn't fit, didn't.
    pub(super) fn offered(&mut self, signal: Signal, records: u64, fits: bool, ended: bool) {
        let (counts, queue) = self.of(signal);
        counts.accepted += records;
        if fits {
            counts.queued += records;
            queue.waiting += records;
        } else {
            counts.dropped += records;
            *(if ended { &mut queue.shut_down } else { &mut queue.full }) += records;
        }
    }

    /// Enters a batch that has left the queue for the sink.
    pub(super) fn given(&mut self, signal: Signal, records: u64) {
        let (_, queue) = self.of(signal);
        queue.waiting = queue.waiting.saturating_sub(records);
        queue.given += records;
    }

    /// Enters that the queue was emptied without the sink. The records count as queued until the
    /// sink's end.
    pub(super) fn abandoned(&mut self) {
        for queue in &mut self.queue {
            queue.abandoned += std::mem::take(&mut queue.waiting);
        }
    }

    /// Enters what the sink says.
    pub(super) fn enter(&mut self, receipt: Receipt) {
        for (signal, counts) in [(Signal::Spans, receipt.spans), (Signal::Logs, receipt.logs)] {
            let entry = &mut self.records[signal as usize];
            entry.queued = entry.queued.saturating_sub(counts.total());
            entry.enter(counts);
        }
        self.points.accepted += receipt.points.total();
        self.points.enter(receipt.points);
    }

    /// Enters what was lost by a panic of the sink.
    pub(super) fn panicked(&mut self, lost: Receipt) {
        self.panicked[Signal::Spans as usize] += lost.spans.total();
        self.panicked[Signal::Logs as usize] += lost.logs.total();
        self.panicked_points += lost.points.total();
        self.enter(lost);
    }

    /// Enters that nothing is delivered any more.
    pub(super) fn end(&mut self) {
        self.abandoned();
        for counts in &mut self.records {
            counts.dropped += std::mem::take(&mut counts.queued);
        }
    }

    pub(super) fn flow(&self) -> SinkFlow {
        let [spans, logs] = Signal::ALL.map(|signal| {
            let (counts, queue) = (self.records[signal as usize], self.queue[signal as usize]);
            // What was abandoned is queued until the end, and dropped from then on.
            let before = queue.full + queue.shut_down + queue.abandoned;
            let beside = queue.waiting + queue.abandoned;
            ExporterCounts {
                inflight: counts.queued.saturating_sub(beside),
                ..self.exporter(counts, self.panicked[signal as usize], before)
            }
        });
        let points = self.exporter(self.points, self.panicked_points, 0);
        SinkFlow { queue: self.queue, exporter: [spans, logs, points] }
    }

    fn exporter(&self, counts: SinkCounts, panicked: u64, before: u64) -> ExporterCounts {
        ExporterCounts {
            inflight: 0,
            exported: counts.exported,
            rejected: counts.rejected,
            panicked,
            given_up: counts.dropped.saturating_sub(before + panicked),
        }
    }

    fn of(&mut self, signal: Signal) -> (&mut SinkCounts, &mut QueueCounts) {
        (&mut self.records[signal as usize], &mut self.queue[signal as usize])
    }
}

impl SinkCounts {
    fn enter(&mut self, counts: Counts) {
        self.exported += counts.exported;
        self.rejected += counts.rejected;
        self.dropped += counts.dropped;
    }
}

/// Where a sink's thread enters how long it takes to read the metrics.
#[derive(Debug)]
pub(super) struct Collections {
    pub(super) duration: Histogram,
    pub(super) component_name: String,
}

impl Collections {
    pub(super) const COMPONENT_TYPE: &str = "periodic_metric_reader";

    /// Enters one reading, and whether some instrument couldn't be asked in time.
    pub(super) fn record(&self, took: Duration, missed: u64) {
        let attributes = [
            (semconv::otel::COMPONENT_TYPE, Self::COMPONENT_TYPE.into()),
            (semconv::otel::COMPONENT_NAME, self.component_name.as_str().into()),
            (semconv::error::TYPE, semconv::error::OTHER.into()),
        ];
        let attributes = if missed > 0 { &attributes[..] } else { &attributes[..2] };
        self.duration.record(took.as_secs_f64(), attributes);
    }
}
