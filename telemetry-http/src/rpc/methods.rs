use std::sync::Arc;

use crate::known_names::KnownNames;

/// The procedures that may become labels. Whoever calls can make up any number of names, so a name is
/// one only when the service has declared it or has answered to it.
#[derive(Clone, Debug)]
pub(super) struct Methods(Arc<KnownNames>);

/// Names that are learned at the most.
const MOST: usize = 1024;
/// Longer ones aren't learned.
const MAX_LEN: usize = 256;

impl Methods {
    /// Declares more.
    pub(super) fn declare<M: Into<Box<str>>>(&self, methods: impl IntoIterator<Item = M>) {
        self.0.declare(methods.into_iter().map(Into::into));
    }

    /// Whether `method` is a known one.
    pub(super) fn know(&self, method: &str) -> bool {
        self.0.know(method)
    }

    /// Takes note that there is such a procedure, once; whether there was room for it.
    pub(super) fn learn(&self, method: &str) -> bool {
        self.0.learn(method)
    }
}

impl Default for Methods {
    fn default() -> Self {
        Self(Arc::new(KnownNames::new(MOST, MAX_LEN)))
    }
}
