use std::error::Error;
use std::fmt::Debug;

use tracing_core::field::Field;

use super::site::Site;
use super::visit::visit_values;
use crate::attribute::Value;
use crate::bridge::text::{Text, cut, written};
use crate::bridge::{privacy, scopes};
use crate::error::Exception;
use crate::event::Event;

/// The fields of a `tracing` event: the message and the attributes of a log record.
pub(super) struct EventFields<'a, 'e> {
    pub(super) event: &'a mut Event<'e>,
    pub(super) message: &'a mut Text,
    pub(super) site: Site,
    /// The error that the event tells of.
    pub(super) exception: Option<Exception>,
}

impl EventFields<'_, '_> {
    #[inline]
    fn set(&mut self, field: &Field, value: Value<'_>) {
        let name = field.name();
        if self.site.is_private && privacy::withholds_field(self.site.scope.name(), name) {
            return;
        }
        match value {
            Value::Str(text) if name == "message" => self.message.push_str(text),
            value if self.site.is_log && name.starts_with("log.") => self.set_log(name, value),
            Value::Str(text) => self.event.set(name, Value::Str(cut(text))),
            value => self.event.set(name, value),
        }
    }

    fn set_written(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            return self.message.push(format_args!("{value:?}"));
        }
        self.set(field, Value::Str(Text::of(value).as_str()));
    }

    /// The error of an event of level error is an exception, if it comes as one; else its text is an
    /// attribute like others.
    fn set_error(&mut self, field: &Field, error: &(dyn Error + 'static)) {
        if self.site.tells_error && field.name() == Site::ERROR {
            self.exception = written(|| Exception::of_unknown(error));
            if self.exception.is_some() {
                return;
            }
        }
        self.set_written(field, &format_args!("{error}"));
    }

    /// What `tracing-log` says of the place, of which the target counts: it is the record's own, while
    /// the event's is always `log`.
    fn set_log(&mut self, name: &str, value: Value<'_>) {
        if let (Value::Str(target), "log.target") = (value, name) {
            self.event.set_scope(scopes::scope_of(target));
            if privacy::withholds_text(target) {
                self.message.clear();
                self.message.push_str(privacy::WITHHELD);
            }
        }
    }
}

visit_values!(EventFields<'_, '_>);
