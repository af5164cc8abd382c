use std::cell::RefCell;

use crate::context::Context;

thread_local! {
    static ENTERED: RefCell<Vec<Stay>> = const { RefCell::new(Vec::new()) };
}

/// A `tracing` span that the calling thread is in.
struct Stay {
    id: u64,
    /// The span's own context.
    context: Context,
    /// What was current before.
    previous: Context,
}

/// Makes `context` current until [`exit`] of the same id.
pub(super) fn enter(id: u64, context: Context) {
    let previous = context.clone().swap();
    // While the thread ends nothing is kept; there is nobody left to come back to.
    let _ = ENTERED.try_with(|entered| {
        entered.borrow_mut().push(Stay { id, context, previous });
    });
}

/// Ends the latest stay of this id. Exits may come in any order: a stay that ends beneath others
/// leaves the current context alone and hands what was before it to the one above.
pub(super) fn exit(id: u64) {
    let ended = ENTERED.try_with(|entered| {
        let mut entered = entered.borrow_mut();
        let place = entered.iter().rposition(|stay| stay.id == id)?;
        let stay = entered.remove(place);
        match entered.get_mut(place) {
            Some(above) => {
                above.previous = stay.previous;
                None
            }
            None => Some(stay),
        }
    });
    if let Ok(Some(stay)) = ended {
        // Something else may have become current meanwhile; that restores what it found by itself.
        if Context::current().is_same(&stay.context) {
            drop(stay.previous.swap());
        }
    }
}
