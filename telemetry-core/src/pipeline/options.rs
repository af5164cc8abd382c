use super::Limits;
use super::interest::Interest;
use crate::clock::TickSource;
use crate::context::Propagators;
use crate::sampling::Sampler;

/// What a pipeline's producers look at while they make records.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub(crate) propagators: Propagators,
    /// Baggage entries that become attributes.
    pub(crate) baggage_attributes: Box<[Box<str>]>,
    /// Whether exceptions are span events too.
    pub(crate) exception_span_events: bool,
    /// Span events kept in one span.
    pub(crate) span_event_limit: u32,
    /// The baggage entry with which a caller asks for a trace to be sampled.
    pub(crate) forcing_baggage: Option<(Box<str>, Box<str>)>,
    /// Which events and log records are recorded; all without one.
    pub(crate) event_sampler: Option<Sampler>,
    pub(crate) interest: Interest,
    pub(crate) limits: Limits,
    /// Whether all active spans are listed.
    pub(crate) list_all_spans: bool,
    /// Whether spans are counted when they start, besides at their end.
    pub(crate) count_starts: bool,
    /// Whether spans are shown to other layers of `tracing`.
    pub(crate) mirrors: bool,
    /// What the time is.
    pub(crate) ticks: TickSource,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            propagators: Propagators::default(),
            baggage_attributes: Box::default(),
            exception_span_events: false,
            span_event_limit: 128,
            forcing_baggage: None,
            event_sampler: None,
            interest: Interest::default(),
            limits: Limits::default(),
            list_all_spans: false,
            count_starts: false,
            mirrors: false,
            ticks: TickSource::default(),
        }
    }
}
