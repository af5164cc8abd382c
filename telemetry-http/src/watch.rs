/// An observation that ends when the work within it panics.
pub(crate) trait Watched {
    /// Ends it, if it hasn't ended.
    fn panicked(&mut self);
}

/// Runs `work`; if it panics `observation` ends here, and the panic goes on. Whoever catches it further
/// out may drop the observation much later, when the thread no longer panics.
#[inline(always)]
pub(crate) fn watched<W: Watched, R>(observation: &mut W, work: impl FnOnce(&mut W) -> R) -> R {
    let mut watch = Watch { observation, returned: false };
    let result = work(watch.observation);
    watch.returned = true;
    result
}

/// Notices a panic as it passes.
struct Watch<'a, W: Watched> {
    observation: &'a mut W,
    returned: bool,
}

impl<W: Watched> Drop for Watch<'_, W> {
    #[inline]
    fn drop(&mut self) {
        if !self.returned {
            self.observation.panicked();
        }
    }
}
