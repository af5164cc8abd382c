//! [`Discard`]: a sink that counts and discards.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use telemetry_core::{
    Attributes, Batch, Counts, MetricData, MetricSnapshot, Number, Receipt, Signal, Sink,
};

use crate::tally::{Records, Seen, Tally};

/// A sink that looks at every record and counts its attributes.
pub(super) struct Discard {
    tally: Tally,
    reading: Reading,
}

/// How the sink goes through the name and the attributes of a record, which reach it as bytes.
#[derive(Clone, Copy, Debug)]
pub(super) enum Reading {
    /// From one to the next, as a sink does that passes the bytes on. Nobody reads the name, the keys and
    /// the values that a peer's exporter is given either; they are in memory as they are.
    Walked,
    /// The name and each key and value decoded, as a sink does that prints them.
    Decoded,
}

impl Discard {
    pub(super) fn new(tally: Tally, reading: Reading) -> Self {
        Self { tally, reading }
    }
}

impl Reading {
    fn count(self, attributes: Attributes<'_>) -> usize {
        match self {
            Self::Walked => attributes.count(),
            Self::Decoded => attributes.map(black_box).count(),
        }
    }
}

impl Sink for Discard {
    fn name(&self) -> &'static str {
        "discard"
    }

    fn accepts(&self, signal: Signal) -> bool {
        match self.tally.shape().records {
            Records::Spans(_) => signal == Signal::Spans,
            Records::Logs(_) => signal == Signal::Logs,
            Records::None => false,
        }
    }

    fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
        let reading = self.reading;
        // A batch is of one signal: one of the two is empty.
        self.tally.add(batch.spans().map(|span| {
            black_box((span.trace_id(), span.span_id()));
            if matches!(reading, Reading::Decoded) {
                black_box(span.name());
            }
            Seen {
                // A record without a valid id reads back as zeros.
                has_ids: span.trace_id().to_bytes() != [0; 16]
                    && span.span_id().to_bytes() != [0; 8],
                is_root: span.parent_span_id().is_none(),
                attributes: reading.count(span.attributes()),
            }
        }));
        self.tally.add(batch.logs().map(|log| {
            black_box((log.severity(), log.body()));
            Seen {
                has_ids: log.trace_id().is_some() && log.span_id().is_some(),
                is_root: false,
                attributes: reading.count(log.attributes()),
            }
        }));
        Receipt::exported(batch)
    }

    fn metrics_interval(&self) -> Option<Duration> {
        self.tally.shape().metric.map(|_| Tally::METRICS_INTERVAL)
    }

    fn export_metrics(&mut self, snapshot: &MetricSnapshot) -> Receipt {
        let wanted = self.tally.shape().metric;
        for metric in snapshot.metrics.iter().map(black_box) {
            if Some(&*metric.name) == wanted {
                self.tally.set_recorded(recorded(&metric.data));
            }
        }
        let exported = snapshot.points() as u64;
        Receipt { points: Counts { exported, ..Counts::default() }, ..Receipt::default() }
    }
}

/// What a counter has come to, or the number of values in a histogram.
fn recorded(data: &MetricData) -> u64 {
    match data {
        MetricData::Sum { points, .. } => points
            .iter()
            .map(|point| match point.value {
                Number::I64(value) => u64::try_from(value).unwrap_or_default(),
                Number::F64(value) => value as u64,
            })
            .sum(),
        MetricData::Histogram { points, .. } => points.iter().map(|point| point.count()).sum(),
        _ => 0,
    }
}
