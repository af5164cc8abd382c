use std::backtrace::{Backtrace, BacktraceStatus};
use std::borrow::Cow;
use std::error::Error;

use super::{Classify, ErrorClass};
use crate::context::Context;
use crate::event::{Event, Severity};
use crate::redact;
use crate::scope::Scope;
use crate::semconv;

/// An error or a panic in words: a log record of severity error, with the ids of the span that it
/// happened in, as the
/// [conventions for exceptions](https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-logs/)
/// have it.
///
/// | attribute | is |
/// |---|---|
/// | `exception.type` | the error's type as Rust names it; not of boxed errors, whose type nobody knows |
/// | `exception.message` | what it displays, then what its sources do; at most 2 KiB |
/// | `exception.stacktrace` | where it arose, if that is known; at most 8 KiB |
/// | `error.type` | its class |
///
/// Messages are written for people and may hold what was meant for few of them, so nothing records
/// them by itself but [`Operation`](crate::Operation), [`capture_panics`](super::capture_panics), and
/// who asks for it here. Message and stack trace go through [`redact`] first.
///
/// ```
/// use telemetry_core::{Exception, span};
///
/// let mut span = span!("order.place").start();
/// if let Err(error) = "many".parse::<u32>() {
///     span.fail(&error);
///     span.record_exception(&Exception::of(&error));
/// }
/// span.end();
/// ```
#[derive(Clone, Debug)]
#[must_use = "an exception is recorded by `emit` or `Span::record_exception`"]
pub struct Exception {
    type_name: Option<Cow<'static, str>>,
    message: String,
    stacktrace: Option<String>,
    error_type: Cow<'static, str>,
}

impl Exception {
    /// The name of the log record and of the span event.
    pub(crate) const NAME: &'static str = "exception";
    const MAX_MESSAGE: usize = 2 * 1024;
    const MAX_STACKTRACE: usize = 8 * 1024;
    const MAX_TYPE: usize = 256;

    /// An error of any type that can be classed.
    pub fn of<By, E: Classify<By>>(error: &E) -> Self {
        Self::classed(error, &error.class())
    }

    pub(crate) fn classed<By, E: Classify<By>>(error: &E, class: &ErrorClass) -> Self {
        let message = error.as_error().map(message_of).unwrap_or_default();
        let exception = Self {
            type_name: error.type_name().filter(|it| it.len() <= Self::MAX_TYPE).map(Cow::Borrowed),
            message,
            stacktrace: None,
            error_type: class.error_type.clone(),
        };
        match error.backtrace() {
            Some(backtrace) => exception.backtrace(backtrace),
            None => exception,
        }
    }

    /// An error of a type that nobody knows.
    #[cfg(feature = "tracing")]
    pub(crate) fn of_unknown(error: &(dyn Error + 'static)) -> Self {
        Self {
            type_name: None,
            message: message_of(error),
            stacktrace: None,
            error_type: ErrorClass::of(error).error_type,
        }
    }

    /// One that isn't an `Error`: a type, a message and a class.
    pub fn new(type_name: &'static str, message: &str, class: &ErrorClass) -> Self {
        Self {
            type_name: Some(Cow::Borrowed(type_name)).filter(|it| it.len() <= Self::MAX_TYPE),
            message: redact::text(message, Self::MAX_MESSAGE).into_owned(),
            stacktrace: None,
            error_type: class.error_type.clone(),
        }
    }

    /// Where it arose. Of a backtrace that wasn't captured nothing is recorded.
    pub fn backtrace(mut self, backtrace: &Backtrace) -> Self {
        if backtrace.status() == BacktraceStatus::Captured {
            self.stacktrace = Some(redact::display(backtrace, Self::MAX_STACKTRACE));
        }
        self
    }

    /// What is said, redacted.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Emits the log record in the current context. [`Span::record_exception`](crate::Span::record_exception) is for those who own
    /// the span.
    pub fn emit(&self) {
        self.event().emit();
    }

    /// Emits the log record in `context`.
    pub fn emit_in(&self, context: &Context) {
        self.event().context(context).emit();
    }

    pub(super) fn event(&self) -> Event<'static> {
        static SCOPE: Scope = Scope::new("telemetry-core", env!("CARGO_PKG_VERSION"));
        let event = Event::new(&SCOPE, Self::NAME).severity(Severity::Error);
        self.attributes().into_iter().fold(event, |event, (key, value)| event.attribute(key, value))
    }

    /// Makes `event` one of this exception, whatever else it says.
    #[cfg(feature = "tracing")]
    pub(crate) fn describe(&self, event: &mut Event<'_>) {
        event.name_if_nameless(Self::NAME);
        self.attributes().into_iter().for_each(|(key, value)| event.set(key, value.into()));
    }

    pub(crate) fn attributes(&self) -> [(&'static str, Option<&str>); 4] {
        let message = Some(&*self.message).filter(|message| !message.is_empty());
        // One of type and message has to be there.
        let type_name = self.type_name.as_deref();
        let fallback = || message.is_none().then_some(&*self.error_type);
        [
            (semconv::exception::TYPE, type_name.or_else(fallback)),
            (semconv::exception::MESSAGE, message),
            (semconv::exception::STACKTRACE, self.stacktrace.as_deref()),
            (semconv::error::TYPE, Some(&*self.error_type)),
        ]
    }
}

/// What the error displays, then what those do that caused it, unless it says so already.
fn message_of(error: &(dyn Error + 'static)) -> String {
    let mut message = redact::display(error, Exception::MAX_MESSAGE);
    let mut source = error.source();
    for _ in 1..ErrorClass::MAX_CHAIN {
        let Some(error) = source else { break };
        let text = redact::display(error, Exception::MAX_MESSAGE);
        if !text.is_empty() && !message.contains(&text) {
            message.push_str(": ");
            message.push_str(&text);
        }
        if message.len() > Exception::MAX_MESSAGE {
            break;
        }
        source = error.source();
    }
    // Once more as a whole: what parts a name from its value may stand between two errors.
    redact::text(&message, Exception::MAX_MESSAGE).into_owned()
}
