use std::borrow::Cow;
use std::fmt::{self, Display, Write};

use tracing::Span;
use tracing::field::{DisplayValue, display};

use super::ended::Begun;
use crate::attribute::{ATTRIBUTE_FIELD, Attributes, Value};
use crate::context::{Context, FrameArc};
use crate::redact;
use crate::span::SpanKind;

/// A native span that has just started, as its [`Mirror`](super::mirror::Mirror) shows it.
#[derive(Debug)]
pub(crate) struct Mirrored<'a> {
    pub(crate) frame: &'a FrameArc,
    pub(crate) name: &'a Cow<'static, str>,
    pub(crate) kind: SpanKind,
    /// Those with which it starts, encoded.
    pub(crate) attributes: &'a [u8],
    /// What it starts beneath.
    pub(crate) parent: Option<&'a FrameArc>,
    /// Whether it starts a trace of its own.
    pub(crate) is_root: bool,
}

impl Mirrored<'_> {
    /// Bytes of a name.
    const MAX_NAME: usize = 256;
    /// Bytes of all attributes together.
    const MAX_ATTRIBUTES: usize = 1024;

    /// The name, as much of it as is shown.
    pub(super) fn name(&self) -> DisplayValue<Name<'_>> {
        display(Name(self.name))
    }

    /// The kind; none for the usual one, so that lines stay short.
    pub(super) fn kind(&self) -> Option<&'static str> {
        (self.kind != SpanKind::Internal).then(|| self.kind.as_str())
    }

    /// The attributes; none without any.
    pub(super) fn attributes(&self) -> Option<DisplayValue<Shown<Attributes<'_>>>> {
        let attributes = || Attributes::new(self.attributes, ATTRIBUTE_FIELD);
        (!self.attributes.is_empty()).then(|| display(Shown(attributes())))
    }

    /// What is shown at the start, for when it ends.
    pub(super) fn begun(&self) -> Begun {
        Begun { name: self.name.clone(), attributes: self.attributes.into() }
    }

    /// The span of `tracing` that it is shown beneath: the parent's mirror, or the span of the bridge
    /// that is current with the parent.
    pub(super) fn above(&self) -> Option<Span> {
        if self.is_root {
            return None;
        }
        let mirror = self.parent.and_then(|parent| parent.mirror());
        mirror.and_then(|mirror| mirror.for_children()).or_else(|| {
            // The current frame is lent to who starts a span beneath it.
            let is_parent =
                |frame: &FrameArc| self.parent.is_some_and(|it| FrameArc::ptr_eq(it, frame));
            Context::with_current(|frame| frame.is_none_or(is_parent)).then(Span::current)
        })
    }
}

/// Attributes as a text without secrets, `key=value` each; written only where a layer asks for it.
#[derive(Debug)]
pub(super) struct Shown<I>(pub(super) I);

impl<'a, I: Iterator<Item = (&'a str, Value<'a>)> + Clone> Display for Shown<I> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        const MOST: usize = Mirrored::MAX_ATTRIBUTES;
        let mut text = String::new();
        for (key, value) in self.0.clone() {
            if text.len() > MOST {
                break;
            }
            if !text.is_empty() {
                text.push(' ');
            }
            match value {
                Value::Str(value) => write!(text, "{key}={value:?}")?,
                value => write!(text, "{key}={value}")?,
            }
        }
        out.write_str(&redact::text(&text, MOST))
    }
}

/// A name without secrets; written only where a layer asks for it.
#[derive(Debug)]
pub(super) struct Name<'a>(pub(super) &'a str);

impl Display for Name<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&redact::text(self.0, Mirrored::MAX_NAME))
    }
}
