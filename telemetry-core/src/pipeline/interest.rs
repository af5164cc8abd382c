/// Who wants to see records that the sampler leaves out. Those are recorded all the same, marked in
/// their frame, and given to nobody else.
#[derive(Clone, Debug, Default)]
pub(crate) struct Interest {
    /// The tail, which may rescue any span.
    pub(crate) tail: bool,
}

impl Interest {
    /// Whether an unsampled span of this name is recorded.
    #[inline]
    pub(crate) fn wants_span(&self, _name: &str) -> bool {
        self.tail
    }

    /// Whether an unsampled event of this name is recorded.
    #[inline]
    pub(crate) fn wants_event(&self, _name: &str) -> bool {
        false
    }
}
