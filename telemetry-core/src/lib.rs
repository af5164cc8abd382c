//! Spans, events and metrics for Rust services: the engine and its vocabulary.
//!
//! A program that wants to see what it does uses the layers (`telemetry-http`, `telemetry-db`,
//! `telemetry-ai`) and starts with `telemetry_export::init!`; this crate is what they share and what
//! its own spans, events and metrics are made with.
//!
//! ```
//! use telemetry_core::{emit, span};
//!
//! # async fn place(_: u64) -> Result<(), std::io::Error> { Ok(()) }
//! # async fn handler() -> Result<(), std::io::Error> {
//! let id = 17;
//! span!("order.place", "order.id" = id).try_run(place(id)).await?;
//! emit!("order.placed", { lines: 3 }, "country" = "fr");
//! # Ok(())
//! # }
//! ```
//!
//! | you want | look at |
//! |---|---|
//! | to time an operation | [`span!`], `#[macros::span]` on a function, [`SpanBuilder`], [`Span`] |
//! | to say that something happened | [`emit!`], [`Event`] |
//! | to wrap a call that may fail and be tried again | [`operation!`], [`Operation`] |
//! | to know what went wrong | [`ErrorClass`], [`Exception`], [`error::capture_panics`] |
//! | to count or measure | [`StaticInstrument`], [`Meter`], [`Counter`], [`Histogram`], [`Stopwatch`] |
//! | the parent to carry over to a task or a process | [`ContextExt`], [`propagation`] |
//! | to see what `tracing` and `log` say | `bridge::tracing`, `bridge::log` |
//! | metrics of your own over events and spans | [`view`], [`View`] |
//! | a function called for events and spans | [`handler`], [`Pipeline::attach`] |
//! | to send records somewhere | [`Sink`] |
//! | to know that nothing was lost | [`Ledger`] |
//! | to test | `testing::Capture` (feature `testing`) |

mod attribute;
pub mod bridge;
mod budget;
mod clock;
mod context;
pub mod error;
mod event;
pub mod handler;
mod ids;
#[cfg(feature = "macros")]
pub mod macros;
mod metric;
mod notice;
pub mod operation;
mod pipeline;
pub mod redact;
mod resource;
mod sampling;
mod scope;
pub mod semconv;
mod span;
mod spawn;
mod sync;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod view;
mod wire;

pub use attribute::{AttributeSet, Attributes, Key, Value};
pub use budget::CpuBudget;
pub use clock::Stopwatch;
pub use context::{
    Baggage, Context, ContextExt, InContext, SpanContext, SpanId, TraceId, propagation,
};
pub use error::{Classify, ErrorClass, Exception};
pub use event::{Event, LogRef, Severity};
pub use metric::{
    BoundCounter, BoundGauge, BoundHistogram, BoundUpDownCounter, Counter, DeltaReader, Exemplar,
    ExemplarFilter, ExponentialBuckets, ExponentialHistogramPoint, Gauge, Histogram,
    HistogramPoint, InstrumentBuilder, InstrumentSet, Instruments, Meter, Metric, MetricData,
    MetricSnapshot, Number, NumberPoint, ObservableBuilder, Observer, QuantileValue, Registration,
    StaticInstrument, SummaryPoint, Temporality, UpDownCounter,
};
pub use notice::Notice;
pub use operation::{Operation, RetryPolicy};
pub use pipeline::{
    AlreadyInstalled, Batch, Counts, DropReason, FlushReport, Ledger, Limits, Pipeline,
    PipelineBuilder, Receipt, Signal, SignalLedger, Sink, SinkCounts, SinkLedger, suppressed,
};
pub use resource::Resource;
pub use sampling::{RateLimit, Ratio, Rule, Sampler, Tail};
pub use scope::Scope;
#[doc(hidden)]
pub use span::CallSite;
pub use span::{
    ActiveSpan, ActiveSpans, EncodedAttributes, LinkRef, Run, Span, SpanBuilder, SpanDescription,
    SpanEventRef, SpanKind, SpanMoment, SpanRef, Status, TryRun,
};
pub use view::View;
