use std::cell::Ref;
use std::ops::Deref;
use std::sync::Arc;

use super::ring::Ring;

/// The calling thread's ring of the global pipeline, as long as a span starts.
pub(crate) enum LentRing<'a> {
    /// That which was found before.
    Cached(Ref<'a, Arc<Ring>>),
    /// One that has just been found.
    Found(Arc<Ring>),
}

impl Deref for LentRing<'_> {
    type Target = Arc<Ring>;

    #[inline]
    fn deref(&self) -> &Arc<Ring> {
        match self {
            Self::Cached(ring) => ring,
            Self::Found(ring) => ring,
        }
    }
}
