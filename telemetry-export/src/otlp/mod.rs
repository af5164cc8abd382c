//! OTLP over HTTP, in protocol buffers ([`OtlpSink`]): the
//! [protocol](https://opentelemetry.io/docs/specs/otlp/#otlphttp) and the
//! [exporter's settings](https://opentelemetry.io/docs/specs/otel/protocol/exporter/).
//!
//! Records are framed as they are, since they are made in the form of the wire. The client blocks, on
//! the sink's own thread: there is no runtime to deadlock with.

mod at_once;
mod client;
mod gathering;
mod health;
mod lane;
mod metrics;
mod proto;
#[cfg(feature = "tls")]
mod tls;

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use telemetry_core::{
    Batch, Counts, DeltaReader, MetricSnapshot, Receipt, Resource, Signal, Sink, Temporality,
};

use crate::config::{OtlpSignal, Route, SettingError};
use crate::sync::lock;
use at_once::at_once;
use client::Client;
use health::Health;
use lane::Lane;

/// The sink for one receiver: the signals whose endpoints have the same scheme, host and port.
pub(crate) struct OtlpSink {
    spans: Option<Lane>,
    logs: Option<Lane>,
    metrics: Option<MetricsLane>,
    /// The lanes drain at once.
    health: Mutex<Health>,
    resource: Vec<u8>,
}

/// The way of the metrics: the newest snapshot takes the place of one that couldn't be sent.
struct MetricsLane {
    lane: Lane,
    interval: Duration,
    /// What the receiver has, when it gets deltas.
    deltas: Option<DeltaReader>,
    /// Points that the reader had given up when it was last asked.
    lost: u64,
}

/// What holds for all signals.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) metrics_interval: Duration,
    pub(crate) temporality: Temporality,
    /// Whether each request is reported.
    pub(crate) debug: bool,
}

impl OtlpSink {
    /// In which those who wait are told what became of everything.
    const MOMENT: Duration = Duration::from_millis(250);

    /// A sink for the receiver at `origin`, still without signals.
    pub(crate) fn new(origin: String) -> Self {
        Self {
            spans: None,
            logs: None,
            metrics: None,
            health: Mutex::new(Health::new(origin)),
            resource: Vec::new(),
        }
    }

    /// Sends one more signal.
    ///
    /// # Errors
    ///
    /// When a certificate of the target can't be used.
    pub(crate) fn add(&mut self, route: Route, options: Options) -> Result<(), SettingError> {
        let lane = Lane::new(Client::new(route.target)?, route.batching, options.debug);
        match route.signal {
            OtlpSignal::Traces => self.spans = Some(lane),
            OtlpSignal::Logs => self.logs = Some(lane),
            OtlpSignal::Metrics => {
                self.metrics = Some(MetricsLane {
                    lane,
                    interval: options.metrics_interval,
                    deltas: (options.temporality == Temporality::Delta).then(DeltaReader::new),
                    lost: 0,
                });
            }
        }
        Ok(())
    }

    fn lane(&mut self, signal: Signal) -> Option<&mut Lane> {
        match signal {
            Signal::Spans => self.spans.as_mut(),
            Signal::Logs => self.logs.as_mut(),
            _ => None,
        }
    }

    /// Calls `work` with each signal's lane and gathers the counts.
    fn each(
        &mut self,
        mut work: impl FnMut(&mut Lane, &[u8], &Mutex<Health>) -> Counts,
    ) -> Receipt {
        let mut receipt = Receipt::default();
        if let Some(lane) = &mut self.spans {
            receipt.spans += work(lane, &self.resource, &self.health);
        }
        if let Some(lane) = &mut self.logs {
            receipt.logs += work(lane, &self.resource, &self.health);
        }
        if let Some(metrics) = &mut self.metrics {
            let counts = work(&mut metrics.lane, &self.resource, &self.health);
            metrics.settle(counts);
            receipt.points += counts;
        }
        receipt
    }

    /// Sends all there is, a moment before `deadline` at the latest, lest what was sent is told too late.
    fn drain(&mut self, deadline: Instant) -> Receipt {
        let left = deadline.saturating_duration_since(Instant::now());
        let deadline = deadline - (left / 20).min(Self::MOMENT);
        let (resource, health) = (&*self.resource, &self.health);
        let metrics = self.metrics.as_mut().map(|metrics| &mut metrics.lane);
        let lanes = [self.spans.as_mut(), self.logs.as_mut(), metrics];
        let counts = at_once(lanes, |lane| lane.drain(resource, deadline, health));
        let [spans, logs, points] = counts;
        if let Some(metrics) = &mut self.metrics {
            metrics.settle(points);
        }
        Receipt { spans, logs, points }
    }

    fn advance(&mut self) -> Receipt {
        let now = Instant::now();
        self.each(|lane, resource, health| lane.advance(resource, now, health))
    }
}

impl MetricsLane {
    /// Notes what the receiver has now. What it refused for good isn't sent again.
    fn settle(&mut self, counts: Counts) {
        if let Some(deltas) = &mut self.deltas
            && counts.exported + counts.rejected > 0
        {
            deltas.acknowledge();
        }
    }

    /// Puts a request with `snapshot` in place of all that wait; gives how many points were lost
    /// since the last time.
    fn replace(&mut self, snapshot: &MetricSnapshot, resource: &[u8]) -> u64 {
        let delta = self.deltas.as_mut().map(|deltas| deltas.read(snapshot));
        let (body, points) = metrics::encode(delta.as_ref().unwrap_or(snapshot), resource);
        if points > 0 {
            self.lane.replace(body, points, Instant::now());
        }
        let lost = self.deltas.as_ref().map_or(0, DeltaReader::lost_points);
        lost - std::mem::replace(&mut self.lost, lost)
    }
}

impl Sink for OtlpSink {
    fn name(&self) -> &'static str {
        "otlp"
    }

    fn accepts(&self, signal: Signal) -> bool {
        match signal {
            Signal::Spans => self.spans.is_some(),
            Signal::Logs => self.logs.is_some(),
            _ => false,
        }
    }

    fn component_type(&self, exported: &str) -> Cow<'static, str> {
        format!("otlp_http_{exported}_exporter").into()
    }

    fn start(&mut self, resource: &Resource) {
        self.resource = resource.encoded().to_vec();
    }

    fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
        let now = Instant::now();
        let resource = std::mem::take(&mut self.resource);
        let mut dropped = 0;
        if let Some(lane) = self.lane(batch.signal()) {
            for span in batch.spans() {
                dropped += lane.add(span.scope(), span.encoded(), &resource, now);
            }
            for log in batch.logs() {
                dropped += lane.add(log.scope(), log.encoded(), &resource, now);
            }
        }
        self.resource = resource;
        lock(&self.health).lost(dropped, "they come faster than they can be sent");
        let mut receipt = self.advance();
        let dropped = Counts { dropped, ..Counts::default() };
        receipt += Receipt::of(batch.signal(), dropped);
        receipt
    }

    fn tick_interval(&self) -> Option<Duration> {
        Some(Duration::from_millis(100))
    }

    fn tick(&mut self) -> Receipt {
        self.advance()
    }

    fn metrics_interval(&self) -> Option<Duration> {
        self.metrics.as_ref().map(|metrics| metrics.interval)
    }

    /// Makes the request; it is sent by the next tick, flush or shutdown, which know how much time
    /// there is. Its points are reported then; points of series that have expired meanwhile, and for
    /// which there was no more room, are reported here.
    fn export_metrics(&mut self, snapshot: &MetricSnapshot) -> Receipt {
        let mut receipt = Receipt::default();
        if let Some(metrics) = &mut self.metrics {
            receipt.points.dropped = metrics.replace(snapshot, &self.resource);
        }
        receipt
    }

    fn flush(&mut self, deadline: Instant) -> Receipt {
        self.drain(deadline)
    }

    fn shutdown(&mut self, deadline: Instant) -> Receipt {
        let mut receipt = self.drain(deadline);
        receipt += self.each(|lane, _, health| lane.give_up(health));
        lock(&self.health).end();
        receipt
    }
}

impl fmt::Debug for OtlpSink {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("OtlpSink").field("health", &self.health).finish_non_exhaustive()
    }
}
