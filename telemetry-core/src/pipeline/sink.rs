use std::borrow::Cow;
use std::ops::AddAssign;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Batch, Signal};
use crate::metric::MetricSnapshot;
use crate::resource::Resource;

/// Where records go: a console, a file, a collector far away.
///
/// Each sink runs on a thread of its own behind a queue bounded in bytes, so it may block and take
/// its time; a panic is counted and the sink carries on. Every record a sink is given must come back
/// as [`Counts`] of some [`Receipt`], sooner or later.
///
/// ```
/// use std::sync::Arc;
/// use telemetry_core::{Batch, Receipt, Signal, Sink};
///
/// /// Prints the names of spans.
/// struct Names;
///
/// impl Sink for Names {
///     fn name(&self) -> &'static str {
///         "names"
///     }
///     fn accepts(&self, signal: Signal) -> bool {
///         signal == Signal::Spans
///     }
///     fn export(&mut self, batch: &Arc<Batch>) -> Receipt {
///         batch.spans().for_each(|span| println!("{}", span.name()));
///         Receipt::exported(batch)
///     }
/// }
/// ```
pub trait Sink: Send {
    /// A short name for the ledger and for diagnostics.
    fn name(&self) -> &'static str;

    /// Whether the sink wants records of this signal.
    fn accepts(&self, signal: Signal) -> bool;

    /// What kind of exporter of `exported` (`span`, `log` or `metric`) the sink is, for
    /// `otel.component.type` of [self-telemetry](crate::PipelineBuilder::self_telemetry): a word of
    /// the [registry](https://opentelemetry.io/docs/specs/semconv/registry/attributes/otel/) where it
    /// has one, `otlp_http_span_exporter`; by default the type's name in Rust.
    fn component_type(&self, exported: &str) -> Cow<'static, str> {
        let _ = exported;
        std::any::type_name::<Self>().into()
    }

    /// Called once, before anything else, with what the records are about.
    fn start(&mut self, resource: &Resource) {
        let _ = resource;
    }

    /// Takes a batch. What the sink keeps back for a larger one is reported by a later call.
    fn export(&mut self, batch: &Arc<Batch>) -> Receipt;

    /// How often [`Sink::tick`] wants to be called at the least; never by default.
    fn tick_interval(&self) -> Option<Duration> {
        None
    }

    /// Called when the interval has passed: the time for what was kept back.
    fn tick(&mut self) -> Receipt {
        Receipt::default()
    }

    /// How often the sink wants the metrics; never by default.
    fn metrics_interval(&self) -> Option<Duration> {
        None
    }

    /// Takes the metrics as they stand. A point counts as given to the sink when some receipt says
    /// what became of it, in this call or a later one.
    fn export_metrics(&mut self, snapshot: &MetricSnapshot) -> Receipt {
        let _ = snapshot;
        Receipt::default()
    }

    /// Delivers what was kept back, if that can be done by `deadline`.
    fn flush(&mut self, deadline: Instant) -> Receipt {
        let _ = deadline;
        Receipt::default()
    }

    /// Delivers what was kept back and gives up what can't be delivered by `deadline`; the last call.
    fn shutdown(&mut self, deadline: Instant) -> Receipt {
        self.flush(deadline)
    }
}

/// What became final in one call to a sink.
///
/// ```
/// use telemetry_core::{Batch, Counts, Receipt, Signal};
///
/// /// What to say of a batch of which the receiver has refused some.
/// fn receipt(batch: &Batch, refused: u64) -> Receipt {
///     let exported = batch.len() as u64 - refused;
///     Receipt::of(batch.signal(), Counts { exported, rejected: refused, dropped: 0 })
/// }
///
/// // Kept for a larger request: that is said once it has been delivered.
/// assert_eq!(Receipt::default(), Receipt::of(Signal::Spans, Counts::default()));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Receipt {
    /// Spans.
    pub spans: Counts,
    /// Log records.
    pub logs: Counts,
    /// Metric points.
    pub points: Counts,
}

/// Records by fate.
///
/// ```
/// use telemetry_core::{Counts, Receipt, Signal};
///
/// let given_up = Counts { dropped: 3, ..Counts::default() };
/// assert_eq!(Receipt::of(Signal::Logs, given_up).logs.dropped, 3);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Delivered.
    pub exported: u64,
    /// Refused for good by the receiver.
    pub rejected: u64,
    /// Given up.
    pub dropped: u64,
}

impl Counts {
    pub(crate) fn total(self) -> u64 {
        self.exported + self.rejected + self.dropped
    }
}

impl Receipt {
    /// All of `batch` was delivered.
    pub fn exported(batch: &Batch) -> Self {
        Self::of(batch.signal(), Counts { exported: batch.len() as u64, ..Counts::default() })
    }

    /// These counts for one signal.
    pub fn of(signal: Signal, counts: Counts) -> Self {
        match signal {
            Signal::Spans => Self { spans: counts, ..Self::default() },
            Signal::Logs => Self { logs: counts, ..Self::default() },
        }
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.exported += other.exported;
        self.rejected += other.rejected;
        self.dropped += other.dropped;
    }
}

impl AddAssign for Receipt {
    fn add_assign(&mut self, other: Self) {
        self.spans += other.spans;
        self.logs += other.logs;
        self.points += other.points;
    }
}
