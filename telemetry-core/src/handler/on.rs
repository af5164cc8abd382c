use std::borrow::Cow;

use super::Occasion;
use crate::view::Pattern;

/// What a [handler](super) is told of: occurrences of a name, or of all names with a beginning.
///
/// ```
/// use telemetry_core::handler::On;
///
/// let on = [On::event("forge.*"), On::span_start("order.place"), On::span_exception("*")];
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct On {
    pub(super) occasion: Occasion,
    name: Cow<'static, str>,
}

impl On {
    /// Events: `forge.stage.stop`, `forge.*`.
    pub fn event(name: impl Into<Cow<'static, str>>) -> Self {
        Self { occasion: Occasion::Event, name: name.into() }
    }

    /// Spans that start, by the name with which they start.
    pub fn span_start(name: impl Into<Cow<'static, str>>) -> Self {
        Self { occasion: Occasion::SpanStart, name: name.into() }
    }

    /// Spans that end without an error, by the name with which they end.
    pub fn span_stop(name: impl Into<Cow<'static, str>>) -> Self {
        Self { occasion: Occasion::SpanStop, name: name.into() }
    }

    /// Spans that end with an error, by the name with which they end.
    pub fn span_exception(name: impl Into<Cow<'static, str>>) -> Self {
        Self { occasion: Occasion::SpanException, name: name.into() }
    }

    /// Starts, stops and exceptions of spans.
    pub fn span(name: impl Into<Cow<'static, str>>) -> [Self; 3] {
        let name = name.into();
        [Self::span_start(name.clone()), Self::span_stop(name.clone()), Self::span_exception(name)]
    }

    pub(super) fn pattern(self) -> Result<(Occasion, Pattern), String> {
        Ok((self.occasion, Pattern::parse(self.name)?))
    }
}
