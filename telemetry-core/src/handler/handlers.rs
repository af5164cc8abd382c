use std::cell::RefCell;
use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use super::attached::{self, Attached};
use super::starts::Starts;
use super::{HandlerLedger, Occasion, Occurrence, On};
use crate::sync::lock;
use crate::view::Pattern;

/// The handlers of a pipeline.
///
/// Who emits asks whether anybody wants to know without a lock: the number of the present state is
/// read, and while it is the one that the thread has seen before, what the thread has kept of it
/// holds.
#[derive(Debug, Default)]
pub(crate) struct Handlers {
    /// Zero while nothing is attached; else a number that no state of any pipeline had before.
    epoch: AtomicU64,
    attached: Mutex<Present>,
    pub(crate) starts: Starts,
}

#[derive(Debug, Default)]
struct Present {
    handlers: Vec<Arc<Attached>>,
    wanted: Arc<Wanted>,
    closed: bool,
}

/// Names that some handler wants to know of.
#[derive(Debug, Default)]
struct Wanted {
    events: Vec<Pattern>,
    starts: Vec<Pattern>,
    ends: Vec<Pattern>,
}

thread_local! {
    /// The state that the thread has seen last.
    static SEEN: RefCell<(u64, Arc<Wanted>)> = RefCell::default();
}

impl Handlers {
    /// Handlers that a pipeline may have, each with a thread.
    const MAX: usize = 64;

    /// Whether some handler wants to know of events of this name.
    #[inline]
    pub(crate) fn want_event(&self, name: &str) -> bool {
        self.epoch.load(Ordering::Acquire) != 0
            && self.look(|wanted| wanted.events.iter().any(|it| it.matches(name)))
    }

    /// Whether some handler wants to know of the start of spans of this name.
    #[inline]
    pub(crate) fn want_start(&self, name: &str) -> bool {
        self.epoch.load(Ordering::Acquire) != 0
            && self.look(|wanted| wanted.starts.iter().any(|it| it.matches(name)))
    }

    /// Whether some handler may want to know of the end of a span that starts with this name.
    #[inline]
    pub(crate) fn may_want_end(&self, name: &str) -> bool {
        self.epoch.load(Ordering::Acquire) != 0
            && self.look(|wanted| wanted.ends.iter().any(|it| it.may_match(name)))
    }

    #[cold]
    fn look(&self, look: impl FnOnce(&Wanted) -> bool) -> bool {
        let looked = SEEN.try_with(|seen| {
            let Ok(mut seen) = seen.try_borrow_mut() else { return false };
            let epoch = self.epoch.load(Ordering::Acquire);
            if seen.0 != epoch {
                // The one time after a change that a lock is taken.
                let present = lock(&self.attached);
                *seen = (self.epoch.load(Ordering::Acquire), Arc::clone(&present.wanted));
            }
            look(&seen.1)
        });
        looked.unwrap_or(false)
    }

    /// The number of the present state.
    pub(super) fn epoch(&self) -> u64 {
        self.epoch.load(Ordering::Acquire)
    }

    /// The handlers, and the number of the state in which they are all.
    pub(super) fn present(&self) -> (u64, Vec<Arc<Attached>>) {
        let present = lock(&self.attached);
        (self.epoch(), present.handlers.clone())
    }

    pub(crate) fn attach(
        &self,
        id: &str,
        on: impl IntoIterator<Item = On>,
        handler: impl FnMut(&Occurrence<'_>) + Send + 'static,
    ) -> Result<(), AttachError> {
        let on: Result<Vec<_>, _> = on.into_iter().map(On::pattern).collect();
        let on = on.map_err(AttachError::Name)?;
        if on.is_empty() {
            return Err(AttachError::ToNothing);
        }
        let mut present = lock(&self.attached);
        if present.closed {
            return Err(AttachError::ShutDown);
        }
        if present.handlers.iter().any(|known| &*known.id == id) {
            return Err(AttachError::IdTaken);
        }
        if present.handlers.len() >= Self::MAX {
            return Err(AttachError::TooMany);
        }
        let attached = Arc::new(Attached::new(id.into(), on));
        attached::start(&attached, handler).map_err(AttachError::Thread)?;
        present.handlers.push(attached);
        self.announce(&mut present);
        Ok(())
    }

    pub(crate) fn detach(&self, id: &str) -> bool {
        let mut present = lock(&self.attached);
        let place = present.handlers.iter().position(|known| &*known.id == id);
        let Some(place) = place else { return false };
        present.handlers.remove(place).give_up();
        self.announce(&mut present);
        true
    }

    /// Makes a change known.
    fn announce(&self, present: &mut Present) {
        static LAST: AtomicU64 = AtomicU64::new(0);
        let mut wanted = Wanted::default();
        for (occasion, pattern) in present.handlers.iter().flat_map(|handler| &handler.on) {
            let names = match occasion {
                Occasion::Event => &mut wanted.events,
                Occasion::SpanStart => &mut wanted.starts,
                Occasion::SpanStop | Occasion::SpanException => &mut wanted.ends,
            };
            names.push(pattern.clone());
        }
        present.wanted = Arc::new(wanted);
        let next = LAST.fetch_add(1, Ordering::Relaxed) + 1;
        let epoch = if present.handlers.is_empty() { 0 } else { next };
        self.epoch.store(epoch, Ordering::Release);
    }

    /// Waits until all that has been queued is handled; how many handlers weren't done in time.
    pub(crate) fn flush(&self, deadline: Instant) -> usize {
        let (_, handlers) = self.present();
        let flushes: Vec<_> = handlers.iter().map(|handler| handler.request_flush()).collect();
        let waiting = handlers.iter().zip(flushes);
        waiting.filter(|(handler, flush)| !handler.wait_for_flush(*flush, deadline)).count()
    }

    /// Lets handlers finish and ends their threads; how many weren't done in time.
    pub(crate) fn shut_down(&self, deadline: Instant) -> usize {
        lock(&self.attached).closed = true;
        let (_, handlers) = self.present();
        handlers.iter().for_each(|handler| handler.request_stop());
        handlers.iter().filter(|handler| !handler.wait_for_end(deadline)).count()
    }

    pub(crate) fn ledger(&self) -> Vec<HandlerLedger> {
        self.present().1.iter().map(|handler| handler.ledger()).collect()
    }
}

/// Why a handler wasn't attached.
///
/// ```
/// use telemetry_core::Pipeline;
/// use telemetry_core::handler::{AttachError, On};
///
/// let pipeline = Pipeline::builder().build()?;
/// pipeline.attach("orders", [On::event("order.placed")], |_| ())?;
/// let again = pipeline.attach("orders", [On::event("order.placed")], |_| ());
/// assert!(matches!(again, Err(AttachError::IdTaken)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum AttachError {
    /// There is a handler of this id.
    IdTaken,
    /// Nothing was named that it should be told of.
    ToNothing,
    /// A name that is none.
    Name(String),
    /// The pipeline has as many handlers as it may have: 64.
    TooMany,
    /// The pipeline has been shut down.
    ShutDown,
    /// The system gave no thread; the error names it.
    Thread(std::io::Error),
}

impl fmt::Display for AttachError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IdTaken => out.write_str("another handler is attached under this id"),
            Self::ToNothing => out.write_str("a handler must be attached to something"),
            Self::Name(problem) => {
                write!(out, "{problem}; a handler is attached to a name, or its beginning and `*`")
            }
            Self::TooMany => out.write_str("there are 64 handlers already"),
            Self::ShutDown => out.write_str("telemetry has been shut down"),
            Self::Thread(error) => write!(out, "{error}"),
        }
    }
}

impl Error for AttachError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Thread(error) => error.source(),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spawn::failing;
    use std::time::Duration;

    #[test]
    fn a_handler_that_gets_no_thread_is_not_attached_and_its_id_stays_free() {
        let handlers = Handlers::default();
        let attach = || handlers.attach("audit", [On::event("order.*")], |_| ());
        let error = failing::after(0, attach).unwrap_err();
        let named = "can't start the thread `telemetry-handler-audit`: no more threads";
        assert!(matches!(error, AttachError::Thread(_)), "{error:?}");
        assert_eq!(error.to_string(), named);
        assert!(handlers.ledger().is_empty());
        assert!(!handlers.want_event("order.placed"));
        attach().unwrap();
        assert!(handlers.want_event("order.placed"));
        assert_eq!(handlers.shut_down(Instant::now() + Duration::from_secs(120)), 0);
    }
}
