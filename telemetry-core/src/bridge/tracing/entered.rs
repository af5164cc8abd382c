use std::cell::RefCell;

use super::slab::Slab;
use crate::context::{Context, SpanId};

thread_local! {
    static STAYS: RefCell<Stays> = const { RefCell::new(Stays { entered: Vec::new(), left: None }) };
}

/// The `tracing` spans that the calling thread is in.
struct Stays {
    entered: Vec<Stay>,
    /// The context of the span that was left last: a future that is polled again enters that one.
    /// Keeping it here spares looking it up and counting who has it.
    left: Option<Context>,
}

struct Stay {
    /// The layer and `tracing`'s id, which is the layer's own.
    layer: u64,
    id: u64,
    /// The span's own id.
    span_id: SpanId,
    /// Where the context is that became current.
    place: usize,
    /// What was current before.
    previous: Context,
}

/// Makes the span current until [`exit`] of the same id.
pub(super) fn enter(layer: u64, slab: &Slab, id: u64) {
    // While the thread ends nothing is entered; there is nobody left to come back to.
    let _ = STAYS.try_with(|stays| {
        let Ok(mut stays) = stays.try_borrow_mut() else {
            return;
        };
        let left = stays.left.take_if(|left| slab.is(id, left.span_id()));
        let Some(context) = left.or_else(|| slab.context(id)) else {
            return;
        };
        let (span_id, place) = (context.span_id(), context.place());
        stays.entered.push(Stay { layer, id, span_id, place, previous: context.swap() });
    });
}

/// Ends the latest stay of this id. Exits may come in any order: a stay that ends beneath others
/// leaves the current context alone and hands what was before it to the one above.
pub(super) fn exit(layer: u64, id: u64) {
    let _ = STAYS.try_with(|stays| {
        let Ok(mut stays) = stays.try_borrow_mut() else {
            return;
        };
        let is_it = |stay: &Stay| stay.id == id && stay.layer == layer;
        match stays.entered.pop_if(|last| is_it(last)) {
            Some(stay) => stays.leave(stay),
            None => stays.leave_beneath(is_it),
        }
    });
}

impl Stays {
    #[inline]
    fn leave(&mut self, stay: Stay) {
        let ended = stay.previous.swap();
        if ended.place() == stay.place {
            self.left = Some(ended);
        } else {
            // Something else has become current meanwhile; that restores what it found.
            drop(ended.swap());
        }
    }

    #[cold]
    fn leave_beneath(&mut self, is_it: impl Fn(&Stay) -> bool) {
        let Some(place) = self.entered.iter().rposition(is_it) else {
            return;
        };
        let stay = self.entered.remove(place);
        if let Some(above) = self.entered.get_mut(place)
            && above.previous.place() == stay.place
        {
            above.previous = stay.previous;
        }
    }
}

/// Gives back the context at `place`, which was current when a span was entered that hasn't been left; that
/// span will restore `previous` instead. Of several the last: the others were entered within a stay of
/// that context further out.
#[cold]
pub(crate) fn give_back(place: usize, previous: Context) -> Option<Context> {
    let found = STAYS.try_with(|stays| {
        let mut stays = stays.try_borrow_mut().ok()?;
        let above = stays.entered.iter_mut().rfind(|stay| stay.previous.place() == place)?;
        Some(std::mem::replace(&mut above.previous, previous))
    });
    found.ok().flatten()
}

/// Lets go of the context of a span that closes, so that it can be used again.
pub(super) fn forget(span_id: SpanId) {
    let _ = STAYS.try_with(|stays| {
        let Ok(mut stays) = stays.try_borrow_mut() else {
            return;
        };
        drop(stays.left.take_if(|left| left.span_id() == span_id));
    });
}

/// The layer's span that is the current one, if no native span is beneath it.
pub(super) fn current(layer: u64) -> Option<u64> {
    let current = Context::with_current(|frame| frame.map(|frame| frame.span.span_id))?;
    let found = STAYS.try_with(|stays| {
        let stays = stays.try_borrow().ok()?;
        let stay = stays.entered.iter().rfind(|stay| stay.layer == layer)?;
        (stay.span_id == current).then_some(stay.id)
    });
    found.ok().flatten()
}
