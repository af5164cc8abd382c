use std::error::Error;
use std::fmt::{Debug, Write};

use tracing_core::field::{Field, Visit};

use crate::attribute::Value;
use crate::event::{Event, Severity};
use crate::span::{Span, SpanKind, Status};

/// Puts the fields of a `tracing` span into a span.
pub(super) struct SpanFields<'a>(pub(super) &'a mut Span);

impl SpanFields<'_> {
    fn set(&mut self, field: &Field, value: Value<'_>) {
        let text = value.as_str();
        match (field.name(), text) {
            ("otel.name", Some(name)) => self.0.set_name(name.to_owned()),
            ("otel.kind", Some(kind)) => self.0.set_kind(kind_of(kind)),
            ("otel.status_code", Some(code)) => match code {
                code if code.eq_ignore_ascii_case("error") => self.0.set_status(Status::ERROR),
                code if code.eq_ignore_ascii_case("ok") => self.0.set_status(Status::Ok),
                _ => {}
            },
            ("otel.status_description" | "otel.status_message", Some(text)) => {
                self.0.set_status(Status::Error(text.to_owned().into()));
            }
            (name, _) => self.0.set(name, value),
        }
    }
}

fn kind_of(text: &str) -> SpanKind {
    let kinds = [SpanKind::Server, SpanKind::Client, SpanKind::Producer, SpanKind::Consumer];
    let named = kinds.into_iter().find(|kind| text.eq_ignore_ascii_case(kind.as_str()));
    named.unwrap_or(SpanKind::Internal)
}

/// The fields of a `tracing` event: the message and the attributes of a log record.
pub(super) struct EventFields<'a> {
    pub(super) event: Option<Event<'a>>,
    pub(super) target: &'static str,
}

impl EventFields<'_> {
    fn set(&mut self, field: &Field, value: Value<'_>) {
        self.event = self.event.take().map(|event| match (field.name(), value) {
            ("message", Value::Str(text)) => event.body(text.to_owned()),
            (name, _) if is_private(self.target, name) => event,
            // What the `log` crate's bridge adds about the place; the target is the scope already.
            (name, _) if name.starts_with("log.") => event,
            (name, value) => event.attribute(name, value),
        });
    }
}

/// Fields in which a library is known to log what nobody meant to store: sqlx the text of a query with
/// its literals, whole and cut short.
fn is_private(target: &str, field: &str) -> bool {
    target.starts_with("sqlx") && matches!(field, "db.statement" | "summary")
}

macro_rules! visit {
    ($type:ty) => {
        impl Visit for $type {
            fn record_bool(&mut self, field: &Field, value: bool) {
                self.set(field, value.into());
            }
            fn record_i64(&mut self, field: &Field, value: i64) {
                self.set(field, value.into());
            }
            fn record_u64(&mut self, field: &Field, value: u64) {
                self.set(field, value.into());
            }
            fn record_f64(&mut self, field: &Field, value: f64) {
                self.set(field, value.into());
            }
            fn record_str(&mut self, field: &Field, value: &str) {
                self.set(field, value.into());
            }
            fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
                self.record_debug(field, &format_args!("{value}"));
            }
            fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
                let mut text = String::new();
                // A `Debug` that reports an error has written what it could.
                let _ = write!(text, "{value:?}");
                self.set(field, Value::Str(&text));
            }
        }
    };
}
visit!(SpanFields<'_>);
visit!(EventFields<'_>);

/// The severity of a `tracing` level.
pub(super) fn severity(level: tracing_core::Level) -> Severity {
    match level {
        tracing_core::Level::ERROR => Severity::Error,
        tracing_core::Level::WARN => Severity::Warn,
        tracing_core::Level::INFO => Severity::Info,
        tracing_core::Level::DEBUG => Severity::Debug,
        _ => Severity::Trace,
    }
}
