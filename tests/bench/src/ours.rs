//! Our side: a pipeline whose one sink counts and discards.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use telemetry_core::{Batch, Counts, MetricData, MetricSnapshot, Pipeline, Receipt, Signal, Sink};

use crate::case::Destination;
use crate::failure::Failure;
use crate::tally::{Seen, Shape, Tally};

/// The installed pipeline.
#[derive(Debug)]
pub(crate) struct Ours {
    pipeline: Pipeline,
    tally: Tally,
}

/// How the sink goes through the attributes of a span, which reach it as bytes.
#[derive(Clone, Copy, Debug)]
enum Reading {
    /// From one to the next, as a sink does that passes the bytes on. Nobody reads the keys and the
    /// values that a peer's exporter is given either; they are in memory as they are.
    Walked,
    /// Each key and value decoded, as a sink does that prints them.
    Decoded,
}

impl Ours {
    /// Installs a pipeline as a user gets it, but for its sink.
    pub(crate) fn install(shape: Shape) -> Result<Self, Failure> {
        Self::install_reading(shape, Reading::Walked)
    }

    /// The same with a sink that decodes every attribute.
    pub(crate) fn install_decoding(shape: Shape) -> Result<Self, Failure> {
        Self::install_reading(shape, Reading::Decoded)
    }

    fn install_reading(shape: Shape, reading: Reading) -> Result<Self, Failure> {
        let tally = Tally::new(shape);
        let sink = Discard { tally: tally.clone(), reading };
        let pipeline = Pipeline::builder().sink(Box::new(sink)).build()?;
        pipeline.install_global()?;
        Ok(Self { pipeline, tally })
    }
}

impl Destination for Ours {
    fn flush(&self) -> Result<(), Failure> {
        let report = self.pipeline.flush(Duration::from_secs(30));
        report.is_complete().then_some(()).ok_or_else(|| "the flush took more than 30 s".into())
    }

    fn delivered(&self) -> Option<u64> {
        Some(self.tally.operations())
    }
}

/// A sink that looks at every span and counts its attributes.
struct Discard {
    tally: Tally,
    reading: Reading,
}

impl Sink for Discard {
    fn name(&self) -> &'static str {
        "discard"
    }

    fn accepts(&self, signal: Signal) -> bool {
        signal == Signal::Spans
    }

    fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
        let reading = self.reading;
        self.tally.add(batch.spans().map(|span| {
            black_box((span.trace_id(), span.span_id(), span.name()));
            let attributes = match reading {
                Reading::Walked => span.attributes().count(),
                Reading::Decoded => span.attributes().map(black_box).count(),
            };
            Seen {
                // A record without a valid id reads back as zeros.
                has_ids: span.trace_id().to_bytes() != [0; 16]
                    && span.span_id().to_bytes() != [0; 8],
                is_root: span.parent_span_id().is_none(),
                attributes,
            }
        }));
        Receipt::exported(batch)
    }

    fn metrics_interval(&self) -> Option<Duration> {
        self.tally.histogram().map(|_| Tally::METRICS_INTERVAL)
    }

    fn export_metrics(&mut self, snapshot: &MetricSnapshot) -> Receipt {
        let counted = snapshot.metrics.iter().map(black_box);
        for metric in counted.filter(|metric| Some(&*metric.name) == self.tally.histogram()) {
            if let MetricData::Histogram { points, .. } = &metric.data {
                self.tally.set_recorded(points.iter().map(|point| point.count()).sum());
            }
        }
        let exported = snapshot.points() as u64;
        Receipt { points: Counts { exported, ..Counts::default() }, ..Receipt::default() }
    }
}
