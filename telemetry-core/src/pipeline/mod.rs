//! The engine: from a span's end to the sinks ([`Pipeline`]), and the account of every record on the
//! way ([`Ledger`]).
//!
//! ```text
//! caller's thread                     collector thread          one thread per sink
//! record ─▶ bytes in its own ring ─▶  sweep, batch        ─▶    bounded queue ─▶ Sink
//! ```

mod batch;
mod builder;
mod collector;
mod counts;
mod global;
mod handle;
mod interest;
mod ledger;
mod lent_ring;
mod limits;
mod local;
mod options;
mod own_thread;
#[cfg(feature = "process")]
mod process_metrics;
mod ring;
mod self_telemetry;
pub(crate) mod shared;
mod sink;
mod sink_account;
mod sink_flushes;
mod sink_thread;
mod start;

pub use batch::Batch;
pub use builder::PipelineBuilder;
pub use global::AlreadyInstalled;
pub use handle::{FlushReport, Pipeline};
pub use ledger::{Ledger, SignalLedger, SinkCounts, SinkLedger};
pub use limits::Limits;
pub use own_thread::suppressed;
pub use sink::{Counts, Receipt, Sink};

pub(crate) use local::{Local, with_local};
pub(crate) use options::Options;
pub(crate) use ring::{
    FRAME_HEADER, Fate, FramedRecord, Frames, MAX_RECORD, Origin, Pool, Ring, SamplingResult,
    Segment, begin_frame, end_frame, frame_header,
};

/// What a record is.
///
/// ```
/// use telemetry_core::Signal;
/// use telemetry_core::testing::Capture;
///
/// let capture = Capture::start();
/// capture.run(|| telemetry_core::emit!("order.placed"));
/// capture.flush();
/// assert_eq!(capture.ledger().of(Signal::Logs).ended, 1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(u8)]
pub enum Signal {
    /// An ended span.
    Spans = 0,
    /// A log record; an event is one with a name.
    Logs = 1,
}

impl Signal {
    pub(crate) const COUNT: usize = 2;
    pub(crate) const ALL: [Self; Self::COUNT] = [Self::Spans, Self::Logs];

    #[inline]
    pub(crate) fn from_index(index: u8) -> Option<Self> {
        Self::ALL.get(usize::from(index)).copied()
    }
}

/// Why a record was dropped before it reached the collector.
///
/// ```
/// use telemetry_core::Ledger;
///
/// fn complain(ledger: &Ledger) {
///     for (reason, count) in ledger.spans.dropped.iter().filter(|(_, count)| *count > 0) {
///         eprintln!("{count} spans dropped: {}", reason.as_str());
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
#[repr(u8)]
pub enum DropReason {
    /// The rings were full: records were made faster than the collector takes them.
    #[default]
    RingFull = 0,
    /// The record alone is larger than a ring takes (32 KiB).
    TooLarge = 1,
    /// The pipeline had been shut down.
    ShutDown = 2,
}

impl DropReason {
    pub(crate) const COUNT: usize = 3;
    pub(crate) const ALL: [Self; Self::COUNT] = [Self::RingFull, Self::TooLarge, Self::ShutDown];

    /// The reason as a label.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RingFull => "ring_full",
            Self::TooLarge => "too_large",
            Self::ShutDown => "shut_down",
        }
    }
}
