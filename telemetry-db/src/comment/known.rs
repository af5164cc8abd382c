use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

use super::tags::Tags;

/// The pairs of a route and an action that are told: so many of them, for each
/// has every query prepared anew. Whoever takes the values of requests for them
/// shall not cost the database its memory.
const MOST: usize = 256;

static KNOWN: Known = Known::new();

/// The tags, if they are among those that are told.
pub(super) fn known(tags: &Arc<Tags>) -> Option<Arc<Tags>> {
    KNOWN.of(tags)
}

struct Known(RwLock<Option<HashSet<Arc<Tags>>>>);

impl Known {
    const fn new() -> Self {
        Known(RwLock::new(None))
    }

    fn of(&self, tags: &Arc<Tags>) -> Option<Arc<Tags>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.as_ref()
            && (known.contains(tags) || known.len() >= MOST)
        {
            return known.get(tags).cloned();
        }
        drop(known);
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let known = known.get_or_insert_default();
        if known.len() < MOST {
            known.insert(Arc::clone(tags));
        }
        known.get(tags).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_are_told() {
        let known = Known::new();
        let tags = |number: usize| Arc::new(Tags::of_route(&format!("/orders/{number}")));
        let told = (0..1_000).filter(|number| known.of(&tags(*number)).is_some()).count();
        assert_eq!(told, MOST);
        assert!(known.of(&tags(0)).is_some());
        assert!(known.of(&tags(999)).is_none());
    }
}
