use std::borrow::Cow;

use super::aside::Aside;
use super::links::LinkBuffer;
use super::record::Record;
use super::span_event::SpanEvents;
use super::times::Times;
use super::{AttributeBuffer, CallSite, SpanKind, Status};
use crate::attribute::Value;
use crate::context::{Frame, FrameArc, SpanId};
use crate::pipeline::with_local;
use crate::scope::Scope;

/// A span's record in the making. It stays where it is while the span is built, started and moved
/// about, and is used again by the thread's next span.
#[derive(Debug)]
pub(crate) struct Draft {
    pub(super) identity: Identity,
    pub(super) attributes: AttributeBuffer,
    /// Attributes that came before the rest and aren't encoded yet.
    pub(super) aside: Option<Box<Aside>>,
    pub(super) status: Status,
    /// Most spans have none.
    pub(super) events: Option<Box<SpanEvents>>,
    /// Most spans have none.
    pub(super) links: Option<Box<LinkBuffer>>,
    pub(super) recorded: Recorded,
    /// Whether it is likely not to be recorded.
    pub(crate) is_doubtful: bool,
}

/// What a span is called and by whom.
#[derive(Debug)]
pub(super) struct Identity {
    pub(super) scope: &'static Scope,
    pub(super) name: Cow<'static, str>,
    pub(super) kind: SpanKind,
}

/// What a record needs to know of the start.
#[derive(Clone, Copy, Debug)]
pub(super) struct Recorded {
    pub(super) parent: SpanId,
    pub(super) parent_is_remote: bool,
}

impl Draft {
    /// Empties the draft, keeping its buffer.
    #[inline]
    pub(crate) fn recycle(&mut self) {
        self.attributes.clear();
        if let Some(aside) = &mut self.aside {
            aside.clear();
        }
        if !matches!(self.status, Status::Unset) {
            self.status = Status::Unset;
        }
        if self.events.is_some() {
            self.events = None;
        }
        if self.links.is_some() {
            self.links = None;
        }
    }

    /// The attributes, all of them encoded.
    #[inline]
    pub(super) fn attributes_mut(&mut self) -> &mut AttributeBuffer {
        if self.aside.as_ref().is_some_and(|aside| !aside.is_empty()) {
            self.encode_aside();
        }
        &mut self.attributes
    }

    #[cold]
    #[inline(never)]
    fn encode_aside(&mut self) {
        if let Some(aside) = &mut self.aside {
            aside.move_to(&mut self.attributes);
        }
    }

    /// Keeps attributes as they are, if they are of the kinds for that; a draft that has room for them keeps it.
    #[inline]
    pub(super) fn set_aside(&mut self, site: &'static CallSite, values: &[Value<'_>]) -> bool {
        self.aside.get_or_insert_default().keep(site, values)
    }

    /// Whether the span above is of this process.
    #[inline]
    pub(super) fn has_local_parent(&self) -> bool {
        self.recorded.parent != SpanId::INVALID && !self.recorded.parent_is_remote
    }

    /// The span above; invalid without one.
    #[inline]
    pub(super) fn parent(&self) -> SpanId {
        self.recorded.parent
    }

    /// Bytes that the draft holds on to.
    #[inline]
    pub(crate) fn capacity(&self) -> usize {
        self.attributes.capacity()
    }
}

impl Draft {
    /// Encodes the record into the calling thread's ring.
    pub(super) fn submit(mut self: Box<Self>, frame: FrameArc, times: Times) {
        if frame.has_late() {
            self.take_late(&frame);
        }
        let mut ended = Some((self, frame));
        with_local(|local| {
            if let Some((draft, frame)) = ended.take() {
                if let Some(home) = &frame.home {
                    let record = draft.record(&frame, times);
                    let (length, fate) = (record.length(), record.fate());
                    local.push(home, fate, length, |out| record.encode(out));
                }
                local.keep_draft(draft);
                local.keep_frame(frame);
            }
        });
        // The thread's own storage is gone.
        if let Some((draft, frame)) = ended
            && let Some(home) = &frame.home
        {
            let record = draft.record(&frame, times);
            let (length, fate) = (record.length(), record.fate());
            home.shared.with_overflow(|ring| ring.push(fate, length, |out| record.encode(out)));
        }
    }

    /// What others have set, and who is to be told how it ended.
    #[cold]
    #[inline(never)]
    fn take_late(&mut self, frame: &Frame) {
        if let Some(late) = frame.take_late() {
            self.attributes.set_from(&late);
        }
        #[cfg(feature = "tracing")]
        self.end_mirror(frame);
    }

    #[inline]
    pub(super) fn record<'a>(&'a self, frame: &'a Frame, times: Times) -> Record<'a> {
        Record {
            scope: self.identity.scope,
            span: &frame.span,
            parent: self.recorded.parent,
            parent_is_remote: self.recorded.parent_is_remote,
            kind: self.identity.kind,
            start_unix_nanos: times.start,
            end_unix_nanos: times.end,
            name: &self.identity.name,
            attributes: &self.attributes,
            links: self.links.as_deref(),
            status: &self.status,
            events: self.events.as_deref(),
        }
    }
}

impl Default for Draft {
    fn default() -> Self {
        static NOBODY: Scope = Scope::new("", "");
        Self {
            identity: Identity {
                scope: &NOBODY,
                name: Cow::Borrowed(""),
                kind: SpanKind::Internal,
            },
            attributes: AttributeBuffer::new(),
            aside: None,
            links: None,
            status: Status::Unset,
            events: None,
            recorded: Recorded { parent: SpanId::INVALID, parent_is_remote: false },
            is_doubtful: false,
        }
    }
}
