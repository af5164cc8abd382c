use std::collections::HashSet;
use std::sync::{Arc, PoisonError, RwLock};

/// The procedures that may become labels. Whoever calls can make up any number of names, so a name is
/// one only when the service has declared it or has answered to it.
#[derive(Clone, Debug, Default)]
pub(super) struct Methods(Arc<RwLock<HashSet<Box<str>>>>);

impl Methods {
    /// Names that are learned or declared at the most.
    const MOST: usize = 1024;
    /// Longer ones aren't learned.
    const MAX_LEN: usize = 256;

    /// Declares more.
    pub(super) fn declare<M: Into<Box<str>>>(&self, methods: impl IntoIterator<Item = M>) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.extend(methods.into_iter().map(Into::into));
    }

    /// Whether `method` is a known one.
    pub(super) fn know(&self, method: &str) -> bool {
        self.0.read().unwrap_or_else(PoisonError::into_inner).contains(method)
    }

    /// Takes note that there is such a procedure, once; whether there was room for it.
    pub(super) fn learn(&self, method: &str) -> bool {
        if self.know(method) {
            return true;
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let has_room = known.len() < Self::MOST && method.len() <= Self::MAX_LEN;
        if has_room {
            known.insert(method.into());
        }
        has_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_so_many() {
        let methods = Methods::default();
        methods.declare(["declared"]);
        let learned = (0..5000).filter(|number| methods.learn(&format!("method {number}")));
        assert_eq!(learned.count(), Methods::MOST - 1);
        assert!(methods.know("declared") && methods.know("method 0"));
        assert!(!methods.learn("another") && methods.learn("method 0"));
        assert!(!Methods::default().learn(&"x".repeat(257)));
    }
}
