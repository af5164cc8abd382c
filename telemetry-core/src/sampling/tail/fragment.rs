use std::time::Instant;

/// The spans of one unsampled trace that ended in this process, as far as they are known.
#[derive(Debug)]
pub(super) struct Fragment {
    /// Framed records.
    pub(super) frames: Vec<u8>,
    pub(super) records: u64,
    /// When the first of them was swept.
    pub(super) since: Instant,
    /// When the local root was seen to have ended.
    pub(super) root_ended: Option<Instant>,
}

impl Fragment {
    /// What a fragment takes besides its records: its place in the tables.
    const OVERHEAD: usize = 128;

    pub(super) fn new(since: Instant) -> Self {
        Self { frames: Vec::new(), records: 0, since, root_ended: None }
    }

    pub(super) fn bytes(&self) -> usize {
        Self::OVERHEAD + self.frames.capacity()
    }
}
