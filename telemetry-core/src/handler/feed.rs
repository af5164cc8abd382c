use std::sync::Arc;
use std::time::{Duration, Instant};

use super::attached::{Attached, Chunk, Counts};
use super::occurrence::occasion;
use super::{Handlers, Occasion};
use crate::event::event_parts;
use crate::metric::Registry;
use crate::notice::Notice;
use crate::pipeline::{FramedRecord, Frames, Segment, Signal};
use crate::scope::Scope;
use crate::span::SpanRef;
use crate::view::Names;

/// Gives records to the handlers that want them, in the collector.
#[derive(Debug)]
pub(crate) struct Feed {
    handlers: Arc<Handlers>,
    /// The state of the handlers that the rest is of.
    epoch: u64,
    outlets: Vec<Outlet>,
    /// By signal: who wants records of a name.
    names: [Names<Vec<Target>>; Signal::COUNT],
}

/// The place of an outlet, and on which occasions it wants records of a name.
type Target = (usize, Vec<Occasion>);

/// One handler and what is to be given to it.
#[derive(Debug)]
struct Outlet {
    handler: Arc<Attached>,
    pending: Chunk,
    reported: Counts,
    reported_at: Option<Instant>,
}

static NOBODY: Scope = Scope::new("", "");

impl Feed {
    /// Bytes that are gathered before they are given to a handler.
    const CHUNK: usize = 32 * 1024;
    /// Between two reports about the same handler.
    const REPORT_INTERVAL: Duration = Duration::from_secs(60);

    pub(crate) fn new(handlers: Arc<Handlers>) -> Self {
        Self { handlers, epoch: 0, outlets: Vec::new(), names: [Names::new(), Names::new()] }
    }

    /// Before the segments of a sweep: takes what has started. Nothing that has ended comes before its
    /// start then, since it was started before the rings were emptied.
    pub(crate) fn begin(&mut self) {
        if self.handlers.epoch() != self.epoch {
            self.renew();
        }
        while let Some(frame) = self.handlers.starts.take() {
            for framed in Frames::new(&frame) {
                self.give(&framed);
            }
        }
    }

    #[cold]
    fn renew(&mut self) {
        let (epoch, handlers) = self.handlers.present();
        let mut known = std::mem::take(&mut self.outlets);
        self.outlets = handlers
            .into_iter()
            .map(|handler| {
                let place = known.iter().position(|outlet| Arc::ptr_eq(&outlet.handler, &handler));
                place.map_or_else(|| Outlet::new(handler), |place| known.swap_remove(place))
            })
            .collect();
        self.names = [Names::new(), Names::new()];
        self.epoch = epoch;
    }

    /// Gives what is wanted of a segment.
    pub(crate) fn observe(&mut self, segment: &Segment) {
        if !self.outlets.is_empty() {
            for framed in Frames::new(&segment.bytes) {
                self.give(&framed);
            }
        }
    }

    fn give(&mut self, framed: &FramedRecord<'_>) {
        let Self { outlets, names, .. } = self;
        let signal = framed.fate.signal;
        let span = (signal == Signal::Spans).then(|| SpanRef::new(&NOBODY, framed.record));
        let name = span.as_ref().map_or_else(|| event_parts(framed.record).0, SpanRef::name);
        if name.is_empty() {
            return;
        }
        let wanted = names[signal as usize].get(name, || {
            let of = |outlet: &Outlet| outlet.handler.occasions(signal, name);
            let all = outlets.iter().map(of).enumerate();
            all.filter(|(_, occasions)| !occasions.is_empty()).collect()
        });
        if wanted.is_empty() {
            return;
        }
        let occasion = span.as_ref().map_or(Occasion::Event, occasion);
        for (place, occasions) in wanted {
            if occasions.contains(&occasion)
                && let Some(outlet) = outlets.get_mut(*place)
            {
                outlet.add(framed.frame);
            }
        }
    }

    /// Hands over what was gathered, and says which handlers are in trouble.
    pub(crate) fn end(&mut self, registry: &Registry) {
        if self.outlets.is_empty() {
            return;
        }
        let now = Instant::now();
        for outlet in &mut self.outlets {
            outlet.offer();
            let is_due = outlet
                .reported_at
                .is_none_or(|at| now.saturating_duration_since(at) >= Self::REPORT_INTERVAL);
            let counts = outlet.handler.troubles(now);
            if is_due && counts.trouble() > outlet.reported.trouble() {
                registry.say_again(outlet.trouble(counts));
                (outlet.reported, outlet.reported_at) = (counts, Some(now));
            }
        }
    }
}

impl Outlet {
    fn new(handler: Arc<Attached>) -> Self {
        let (pending, reported) = (Chunk::default(), Counts::default());
        Self { handler, pending, reported, reported_at: None }
    }

    /// What is to be said when these are its counts.
    fn trouble(&self, counts: Counts) -> Notice {
        let before = self.reported;
        Notice::HandlerTrouble {
            handler: String::from(&*self.handler.id),
            panicked: counts.panicked.saturating_sub(before.panicked),
            slow: counts.slow.saturating_sub(before.slow),
            dropped: counts.dropped.saturating_sub(before.dropped),
        }
    }

    fn add(&mut self, frame: &[u8]) {
        self.pending.frames.extend_from_slice(frame);
        self.pending.records += 1;
        if self.pending.frames.len() >= Feed::CHUNK {
            self.offer();
        }
    }

    fn offer(&mut self) {
        if self.pending.records > 0 {
            self.handler.offer(std::mem::take(&mut self.pending));
        }
    }
}

impl Attached {
    /// On which occasions the handler wants to know of records of this name.
    fn occasions(&self, signal: Signal, name: &str) -> Vec<Occasion> {
        let is_of = |occasion: Occasion| (occasion == Occasion::Event) == (signal == Signal::Logs);
        let wanted =
            self.on.iter().filter(|(occasion, pattern)| is_of(*occasion) && pattern.matches(name));
        wanted.map(|(occasion, _)| *occasion).collect()
    }
}

impl Counts {
    fn trouble(self) -> u64 {
        self.panicked + self.slow + self.dropped
    }
}
