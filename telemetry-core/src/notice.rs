//! What the engine has to tell whoever runs the program: [`Notice`].

use std::collections::HashSet;
use std::fmt;
use std::sync::Mutex;
use std::time::Duration;

use crate::budget::KEPT_OF;
use crate::sync::lock;

/// Something that the engine noticed and that somebody should know: said once each, trouble with a
/// handler once a minute at the most, as one line
/// without values of attributes. `telemetry_export` prints them on standard error.
///
/// ```
/// use telemetry_core::{Notice, Pipeline, Scope};
///
/// static SCOPE: Scope = Scope::new("shop", "1.0.0");
///
/// let pipeline = Pipeline::builder().build()?;
/// let orders = pipeline.meter(&SCOPE).counter("shop.orders").max_series(10).build();
/// (0..11).for_each(|customer| orders.add(1, &[("customer.id", customer.into())]));
/// let _ = pipeline.metrics();
/// assert!(matches!(
///     &pipeline.notices()[..],
///     [Notice::SeriesOverflow { attribute, .. }] if attribute == "customer.id"
/// ));
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Notice {
    /// An instrument has more combinations of attributes than it may; the rest shares one series.
    SeriesOverflow {
        /// The instrument's name.
        instrument: String,
        /// Its budget.
        max_series: usize,
        /// The attribute with the most different values.
        attribute: String,
        /// How many.
        values: usize,
    },
    /// Two instruments of one library have the same name and aren't the same
    /// (<https://opentelemetry.io/docs/specs/otel/metrics/sdk/#duplicate-instrument-registration>).
    InstrumentConflict {
        /// Their name.
        instrument: String,
        /// What the first is.
        first: String,
        /// What the second is.
        second: String,
    },
    /// The callback of an observable instrument panicked.
    ObservationPanicked {
        /// The instrument's name.
        instrument: String,
    },
    /// The callback of an observable instrument wasn't done in time.
    ObservationLate {
        /// The instrument's name.
        instrument: String,
        /// The time it had.
        timeout: Duration,
    },
    /// A [handler](crate::handler) panics, is slow, or has lost something since this was last said.
    HandlerTrouble {
        /// The id under which it is attached.
        handler: String,
        /// Calls that panicked.
        panicked: u64,
        /// Calls that took longer than 100 ms.
        slow: u64,
        /// Occurrences that found its queue full.
        dropped: u64,
    },
    /// Telemetry took more than its [budget](crate::CpuBudget) and records less from now on, or has
    /// enough left to record more again. Said again at each change.
    DetailChanged {
        /// The step so far; all is recorded at 0.
        from: u8,
        /// The step from now on.
        to: u8,
        /// How much of the budget was used, in per cent.
        used_percent: u64,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SeriesOverflow { instrument, max_series, attribute, values } => write!(
                out,
                "{instrument} has more than {max_series} series, of which {attribute} has {values} \
                 values; what is beyond is counted under otel.metric.overflow"
            ),
            Self::InstrumentConflict { instrument, first, second } => write!(
                out,
                "{instrument} is made as {first} and as {second}; readers may mix them up"
            ),
            Self::ObservationPanicked { instrument } => {
                write!(out, "the callback of {instrument} panicked; it observes nothing then")
            }
            Self::ObservationLate { instrument, timeout } => write!(
                out,
                "the callback of {instrument} takes longer than {} ms; it observes nothing then",
                timeout.as_millis()
            ),
            Self::HandlerTrouble { handler, panicked, slow, dropped } => write!(
                out,
                "the handler {handler} panicked {panicked} times, was slow {slow} times and lost \
                 {dropped} occurrences; it stays attached"
            ),
            Self::DetailChanged { from, to, used_percent } => {
                let change = if to > from { "is lowered" } else { "comes back" };
                write!(
                    out,
                    "telemetry took {used_percent} % of its processor budget; detail {change}: "
                )?;
                write_detail(out, *to)
            }
        }
    }
}

/// What is recorded at a step of detail.
fn write_detail(out: &mut fmt::Formatter<'_>, step: u8) -> fmt::Result {
    let one_in = step.checked_sub(1).and_then(|index| KEPT_OF.get(usize::from(index)));
    let Some(one_in) = one_in else {
        return out.write_str("all is recorded");
    };
    let severity = if step > 3 { "WARN" } else { "INFO" };
    match one_in {
        1 => out.write_str("all traces")?,
        many => write!(out, "of the traces that begin here one in {many}")?,
    }
    write!(out, ", of log records those from {severity} on (step {step} of {})", KEPT_OF.len())
}

/// What takes notices; see [`PipelineBuilder::on_notice`](crate::PipelineBuilder::on_notice).
pub(crate) type NoticeHandler = Box<dyn Fn(&Notice) + Send + Sync>;

/// The notices of a pipeline.
#[derive(Debug, Default)]
pub(crate) struct Notices(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    raised: Vec<Notice>,
    /// What each is about, so that nothing is said twice.
    subjects: HashSet<(u8, String)>,
}

impl Notices {
    /// Notices kept; who has more to be told has been told enough.
    const KEPT: usize = 64;

    /// Keeps the notice, unless there was one of the same kind about the same instrument; whether it
    /// did.
    pub(crate) fn raise(&self, notice: &Notice) -> bool {
        let mut state = lock(&self.0);
        let is_new = state.raised.len() < Self::KEPT && state.subjects.insert(notice.subject());
        if is_new {
            state.raised.push(notice.clone());
        }
        is_new
    }

    /// Keeps the notice in the place of an earlier one of its kind about the same.
    pub(crate) fn renew(&self, notice: &Notice) {
        if !self.raise(notice) {
            let mut state = lock(&self.0);
            let same = state.raised.iter_mut().find(|known| known.subject() == notice.subject());
            if let Some(known) = same {
                notice.clone_into(known);
            }
        }
    }

    pub(crate) fn all(&self) -> Vec<Notice> {
        lock(&self.0).raised.clone()
    }
}

impl Notice {
    fn subject(&self) -> (u8, String) {
        match self {
            Self::SeriesOverflow { instrument, .. } => (0, instrument.clone()),
            Self::InstrumentConflict { instrument, .. } => (1, instrument.to_ascii_lowercase()),
            Self::ObservationPanicked { instrument } => (2, instrument.clone()),
            Self::ObservationLate { instrument, .. } => (3, instrument.clone()),
            Self::HandlerTrouble { handler, .. } => (4, handler.clone()),
            Self::DetailChanged { .. } => (5, String::new()),
        }
    }
}
