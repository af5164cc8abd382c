use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Mutex, TryLockError};

use super::Number;
use super::exemplar_slot::{Open, Slot, Taken};
use crate::clock::Ticks;
use crate::context::{Context, Frame, SpanId, TraceId};
use crate::sync::lock;

/// One measurement behind a point, and the trace in which it was made: the way from a bucket of slow
/// requests to one of them
/// (<https://opentelemetry.io/docs/specs/otel/metrics/data-model/#exemplars>).
///
/// ```
/// use telemetry_core::HistogramPoint;
///
/// /// The traces of the slowest requests that are known.
/// fn slowest(point: &HistogramPoint) -> Vec<String> {
///     let slow = point.exemplars.iter().filter(|exemplar| exemplar.value.as_f64() > 1.0);
///     slow.filter_map(|exemplar| Some(exemplar.trace_id?.to_string())).collect()
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Exemplar {
    /// What was measured.
    pub value: Number,
    /// When, in nanoseconds since the Unix epoch.
    pub time_unix_nanos: u64,
    /// The trace; none for a measurement outside any.
    pub trace_id: Option<TraceId>,
    /// The span that was current.
    pub span_id: Option<SpanId>,
}

/// Which measurements may become exemplars: `OTEL_METRICS_EXEMPLAR_FILTER`
/// (<https://opentelemetry.io/docs/specs/otel/metrics/sdk/#exemplarfilter>).
///
/// ```
/// use telemetry_core::{ExemplarFilter, Pipeline};
///
/// let pipeline = Pipeline::builder().exemplar_filter(ExemplarFilter::AlwaysOff).build()?;
/// # drop(pipeline);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExemplarFilter {
    /// Those made in a trace that is kept: one whose head decision was to sample it, or that the tail
    /// ([`Tail`](crate::Tail)) has rescued since.
    #[default]
    TraceBased,
    /// All, in a trace or not.
    AlwaysOn,
    /// None.
    AlwaysOff,
}

/// Says for one cell which exemplars are wanted, so that a measurement which isn't costs a look at
/// one bit.
///
/// Each reading asks for one exemplar a bucket. The first suitable measurement answers; after so many
/// unsuitable ones the cell stops looking until the next reading. That a look was taken also tells
/// whether the cell was written to at all.
#[derive(Debug)]
pub(super) struct Watch {
    /// A bit for each bucket, or for each 64th.
    wanted: AtomicU64,
    looks: AtomicU32,
}

/// The exemplars of one series, by bucket.
#[derive(Debug, Default)]
pub(super) struct Exemplars(Mutex<Vec<Slot>>);

impl Watch {
    /// Looks between two readings.
    const LOOKS: u32 = 64;

    pub(super) fn new() -> Self {
        Self { wanted: AtomicU64::new(u64::MAX), looks: AtomicU32::new(Self::LOOKS) }
    }

    /// Whether [`Watch::look`] is to be called for a measurement in `bucket`.
    #[inline]
    pub(super) fn wants(&self, bucket: usize) -> bool {
        self.wanted.load(Ordering::Relaxed) & bit(bucket) != 0
    }

    /// Offers a measurement to `exemplars`, by the cell's own thread.
    pub(super) fn look(
        &self,
        exemplars: &Exemplars,
        filter: ExemplarFilter,
        bucket: usize,
        value: Number,
    ) {
        if !self.wants(bucket) {
            return;
        }
        let looks = self.looks.load(Ordering::Relaxed).saturating_sub(1);
        self.looks.store(looks, Ordering::Relaxed);
        let taken = filter != ExemplarFilter::AlwaysOff
            && Context::with_current(|frame| {
                exemplars.take(filter, bucket, value, frame.map(|frame| &**frame))
            });
        let wanted = self.wanted.load(Ordering::Relaxed);
        let wanted = match taken {
            true => wanted & !bit(bucket),
            false => wanted,
        };
        let goes_on = looks > 0 && filter != ExemplarFilter::AlwaysOff;
        self.wanted.store(if goes_on { wanted } else { 0 }, Ordering::Relaxed);
    }

    /// Asks for exemplars anew, by whoever reads; whether the cell was written to since the last
    /// time.
    pub(super) fn renew(&self) -> bool {
        let looks = self.looks.swap(Self::LOOKS, Ordering::Relaxed);
        self.wanted.store(u64::MAX, Ordering::Relaxed);
        looks != Self::LOOKS
    }
}

#[inline]
fn bit(bucket: usize) -> u64 {
    1 << (bucket & 63)
}

impl Exemplars {
    /// Keeps the measurement if it is suitable and nobody reads at this moment. Says whether it is one for
    /// certain, so that no other is wanted.
    fn take(
        &self,
        filter: ExemplarFilter,
        bucket: usize,
        value: Number,
        frame: Option<&Frame>,
    ) -> bool {
        let span = frame.map(|frame| &frame.span).filter(|span| span.is_valid());
        let rescued = match (filter, span) {
            (ExemplarFilter::AlwaysOff, _) | (ExemplarFilter::TraceBased, None) => return false,
            (ExemplarFilter::TraceBased, Some(span)) if !span.is_sampled() => {
                let rescued = frame.and_then(Frame::rescued).cloned();
                // Without a tail that trace is lost.
                let Some(rescued) = rescued else { return false };
                Some((span.trace_id, rescued))
            }
            _ => None,
        };
        let mut slots = match self.0.try_lock() {
            Ok(slots) => slots,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return false,
        };
        if slots.len() <= bucket {
            slots.resize_with(bucket + 1, Slot::default);
        }
        let Some(slot) = slots.get_mut(bucket) else {
            return false;
        };
        // By the clock of the span, so that it lies within the span.
        let unix_nanos = frame.and_then(Frame::unix_nanos);
        let unix_nanos = unix_nanos.unwrap_or_else(|| Ticks::now().unix_nanos());
        let span = span.map(|span| (span.trace_id(), span.span_id()));
        let taken = Taken { value, unix_nanos, span };
        match rescued {
            None => slot.taken = Some(taken),
            Some((trace, rescued)) => {
                slot.wait(Open { taken, trace, rescued });
                return false;
            }
        }
        true
    }

    /// The exemplars in the order of their buckets.
    pub(super) fn read(&self) -> Vec<Exemplar> {
        lock(&self.0).iter_mut().filter_map(Slot::read).collect()
    }
}
