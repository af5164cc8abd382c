use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::{PoisonError, RwLock};

use telemetry_core::semconv;

/// Kinds of messages that are told apart in a process at the most. They are code; where a client makes
/// them up the rest are one.
const MOST: usize = 512;
/// Longer ones aren't.
const MAX_LEN: usize = 128;

static SEEN: RwLock<Option<HashSet<Box<str>>>> = RwLock::new(None);

/// The event, or what stands for all that are beyond the bound.
pub(super) fn bounded(event: Cow<'static, str>) -> Cow<'static, str> {
    const OTHER: Cow<'static, str> = Cow::Borrowed(semconv::error::OTHER);
    if event.is_empty() || event.len() > MAX_LEN {
        return OTHER;
    }
    let is_seen =
        |seen: &Option<HashSet<Box<str>>>| seen.as_ref().is_some_and(|seen| seen.contains(&*event));
    if is_seen(&SEEN.read().unwrap_or_else(PoisonError::into_inner)) {
        return event;
    }
    let mut seen = SEEN.write().unwrap_or_else(PoisonError::into_inner);
    let seen = seen.get_or_insert_default();
    if seen.len() >= MOST && !seen.contains(&*event) {
        return OTHER;
    }
    seen.insert((*event).into());
    event
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_beyond_the_bound_are_one() {
        let all = (0..5000).map(|number| bounded(format!("event {number}").into()));
        let kinds: HashSet<_> = all.collect();
        assert!(kinds.len() <= MOST + 1 && kinds.contains("_OTHER"), "{}", kinds.len());
        assert_eq!(bounded("event 0".into()), "event 0");
        assert_eq!(bounded("x".repeat(129).into()), "_OTHER");
        assert_eq!(bounded("".into()), "_OTHER");
    }
}
