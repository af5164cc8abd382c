use crate::context::Propagators;

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
}

impl Default for Options {
    fn default() -> Self {
        Self {
            propagators: Propagators::default(),
            baggage_attributes: Box::default(),
            exception_span_events: false,
            span_event_limit: 128,
        }
    }
}
