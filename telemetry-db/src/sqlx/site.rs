use std::panic::Location;
use std::ptr;
use std::sync::atomic::{AtomicPtr, Ordering};

/// The place in sqlx's own code that was the last to call. Most queries are
/// called from few of them.
static LAST_OWN: AtomicPtr<Location<'static>> = AtomicPtr::new(ptr::null_mut());

/// The place, if it is one of the application: `query.fetch_all(&pool)` calls
/// from within sqlx, and nobody can see from where that was called.
#[inline]
pub(super) fn of_application(
    place: &'static Location<'static>,
) -> Option<&'static Location<'static>> {
    if ptr::eq(LAST_OWN.load(Ordering::Relaxed), place) {
        return None;
    }
    let own = place.file().contains("sqlx-core");
    if own {
        LAST_OWN.store(ptr::from_ref(place).cast_mut(), Ordering::Relaxed);
    }
    (!own).then_some(place)
}
