use std::borrow::Cow;

use tracing::field::{DisplayValue, display};
use tracing::{Span, record_all};

use super::mirrored::{Name, Shown};
use crate::attribute::{ATTRIBUTE_FIELD, Attributes, Value};
use crate::semconv;
use crate::span::Status;

/// A native span that ends, as its [`Mirror`](super::mirror::Mirror) shows what its start didn't.
///
/// `tracing` takes values of those fields only that were declared with the span, so attributes that come later
/// stand in one field together. Links and span events stay away: what they point to is nothing that `tracing`
/// has an id for.
#[derive(Debug)]
pub(crate) struct Ended<'a> {
    pub(crate) name: &'a str,
    pub(crate) status: &'a Status,
    /// All that it has, encoded.
    pub(crate) attributes: &'a [u8],
}

/// What a mirror has shown of its native span's start.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) name: Cow<'static, str>,
    /// Encoded.
    pub(super) attributes: Box<[u8]>,
}

impl Ended<'_> {
    /// Has `span` show what there is to show, if there is anything.
    pub(super) fn show(&self, begun: &Begun, span: &Span) {
        let name = (self.name != begun.name).then(|| display(Name(self.name)));
        let status = match self.status {
            Status::Unset => None,
            Status::Ok => Some("OK"),
            Status::Error(_) => Some("ERROR"),
        };
        let late = self.late(begun);
        let error = late.clone().find_map(|(key, value)| match value {
            Value::Str(text) if key == semconv::error::TYPE => Some(display(Name(text))),
            _ => None,
        });
        let others = late.filter(|(key, _)| *key != semconv::error::TYPE);
        let others = others.clone().next().is_some().then(|| display(Shown(others)));
        if name.is_some() || status.is_some() || error.is_some() || others.is_some() {
            record_all!(
                span,
                otel.name = name,
                otel.status_code = status,
                otel.status_description = self.description(),
                error.type = error,
                late_attributes = others
            );
        }
    }

    /// What the status says besides, if it does.
    fn description(&self) -> Option<DisplayValue<Name<'_>>> {
        match self.status {
            Status::Error(text) if !text.is_empty() => Some(display(Name(text))),
            _ => None,
        }
    }

    /// The attributes that the start hadn't, or with another value.
    fn late<'a>(
        &'a self,
        begun: &'a Begun,
    ) -> impl Iterator<Item = (&'a str, Value<'a>)> + Clone + 'a {
        let is_same = *self.attributes == *begun.attributes;
        let now = if is_same { &[] } else { self.attributes };
        let known = Attributes::new(&begun.attributes, ATTRIBUTE_FIELD);
        Attributes::new(now, ATTRIBUTE_FIELD)
            .filter(move |(key, value)| known.clone().find(key).as_ref() != Some(value))
    }
}
