use std::borrow::Cow;
use std::fmt::Write;
use std::sync::Arc;

use tracing::Span;

use crate::attribute::{Attributes, Value};
use crate::context::{Context, Frame};
use crate::redact;
use crate::span::SpanKind;

/// A native span that has just started, as its [`Mirror`](super::mirror::Mirror) shows it.
#[derive(Debug)]
pub(crate) struct Mirrored<'a> {
    pub(crate) frame: &'a Arc<Frame>,
    pub(crate) name: &'a str,
    pub(crate) kind: SpanKind,
    /// Those with which it starts.
    pub(crate) attributes: Attributes<'a>,
    /// What it starts beneath.
    pub(crate) parent: Option<&'a Arc<Frame>>,
    /// Whether it starts a trace of its own.
    pub(crate) is_root: bool,
}

impl Mirrored<'_> {
    /// Bytes of a name.
    const MAX_NAME: usize = 256;
    /// Bytes of all attributes together.
    const MAX_ATTRIBUTES: usize = 1024;

    /// The name, as much of it as is shown.
    pub(super) fn name(&self) -> Cow<'_, str> {
        redact::text(self.name, Self::MAX_NAME)
    }

    /// The kind; none for the usual one, so that lines stay short.
    pub(super) fn kind(&self) -> Option<&'static str> {
        (self.kind != SpanKind::Internal).then(|| self.kind.as_str())
    }

    /// The attributes as a text without secrets, `key=value` each; none without any.
    pub(super) fn attributes(&self) -> Option<String> {
        let mut text = String::new();
        for (key, value) in self.attributes.clone() {
            if text.len() > Self::MAX_ATTRIBUTES {
                break;
            }
            if !text.is_empty() {
                text.push(' ');
            }
            // A string can't fail.
            let _ = match value {
                Value::Str(value) => write!(text, "{key}={value:?}"),
                value => write!(text, "{key}={value}"),
            };
        }
        let shown = redact::text(&text, Self::MAX_ATTRIBUTES);
        (!shown.is_empty()).then(|| shown.into_owned())
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
                |frame: &Arc<Frame>| self.parent.is_some_and(|it| Arc::ptr_eq(it, frame));
            Context::with_current(|frame| frame.is_none_or(is_parent)).then(Span::current)
        })
    }
}
