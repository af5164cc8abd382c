use std::error::Error;
use std::fmt::Debug;

use tracing_core::field::Field;

use super::slab::Slab;
use super::visit::visit_values;
use crate::attribute::Value;
use crate::bridge::privacy;
use crate::bridge::text::{Text, cut};
use crate::span::{Draft, SpanKind, Status};

/// Puts the fields of a `tracing` span into the record in the making.
pub(super) struct SpanFields<'a> {
    pub(super) draft: &'a mut Draft,
    /// The target, where fields of it are held back.
    pub(super) private: Option<&'static str>,
}

impl SpanFields<'_> {
    #[inline]
    fn set(&mut self, field: &Field, value: Value<'_>) {
        if is_kept(self.private, field) {
            set(self.draft, field.name(), value);
        }
    }

    fn set_written(&mut self, field: &Field, value: &dyn Debug) {
        self.set(field, Value::Str(Text::of(value).as_str()));
    }

    fn set_error(&mut self, field: &Field, error: &(dyn Error + 'static)) {
        self.set_written(field, &format_args!("{error}"));
    }
}
visit_values!(SpanFields<'_>);

/// Puts late fields into an open span, one by one: what the values write of themselves is written
/// before the span is locked.
pub(super) struct LateFields<'a> {
    pub(super) slab: &'a Slab,
    pub(super) id: u64,
    pub(super) private: Option<&'static str>,
}

impl LateFields<'_> {
    fn set(&mut self, field: &Field, value: Value<'_>) {
        if is_kept(self.private, field) {
            self.slab.with(self.id, |open| {
                if let Some(draft) = open.draft_mut() {
                    set(draft, field.name(), value);
                }
            });
        }
    }

    fn set_written(&mut self, field: &Field, value: &dyn Debug) {
        self.set(field, Value::Str(Text::of(value).as_str()));
    }

    fn set_error(&mut self, field: &Field, error: &(dyn Error + 'static)) {
        self.set_written(field, &format_args!("{error}"));
    }
}
visit_values!(LateFields<'_>);

#[inline]
fn is_kept(private: Option<&'static str>, field: &Field) -> bool {
    private.is_none_or(|target| !privacy::withholds_field(target, field.name()))
}

/// Sets an attribute, or what a field of a name beginning with `otel.` stands for.
#[inline]
pub(super) fn set(draft: &mut Draft, name: &str, value: Value<'_>) {
    match value {
        Value::Str(text) if name.starts_with("otel.") => set_special(draft, name, text),
        Value::Str(text) => draft.set(name, Value::Str(cut(text))),
        value => draft.set(name, value),
    }
}

#[inline(never)]
fn set_special(draft: &mut Draft, name: &str, text: &str) {
    match name {
        "otel.name" => draft.set_name(cut(text).to_owned()),
        "otel.kind" => draft.set_kind(kind_of(text)),
        "otel.status_code" if text.eq_ignore_ascii_case("ok") => draft.set_status(Status::Ok),
        // A description that came first stays.
        "otel.status_code" if text.eq_ignore_ascii_case("error") => set_failed(draft),
        "otel.status_code" => {}
        "otel.status_description" | "otel.status_message" => {
            draft.set_status(Status::Error(cut(text).to_owned().into()));
        }
        name => draft.set(name, Value::Str(cut(text))),
    }
}

/// Marks the span as failed, unless it is already.
pub(super) fn set_failed(draft: &mut Draft) {
    if !draft.status().is_error() {
        draft.set_status(Status::ERROR);
    }
}

fn kind_of(text: &str) -> SpanKind {
    let kinds = [SpanKind::Server, SpanKind::Client, SpanKind::Producer, SpanKind::Consumer];
    let named = kinds.into_iter().find(|kind| text.eq_ignore_ascii_case(kind.as_str()));
    named.unwrap_or(SpanKind::Internal)
}
