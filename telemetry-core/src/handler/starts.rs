use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crossbeam_queue::ArrayQueue;

/// Spans that have started and whose start some handler wants to know of, on their way to the
/// collector. Lock-free, bounded in number and bytes.
#[derive(Debug, Default)]
pub(crate) struct Starts {
    queue: OnceLock<ArrayQueue<Vec<u8>>>,
    bytes: AtomicUsize,
    dropped: AtomicU64,
}

impl Starts {
    const MAX: usize = 1024;
    const MAX_BYTES: usize = 256 * 1024;

    /// Adds a framed record of a span without an end. Whether the collector should come for it before
    /// its time.
    pub(crate) fn add(&self, frame: Vec<u8>) -> bool {
        let length = frame.len();
        let queue = self.queue.get_or_init(|| ArrayQueue::new(Self::MAX));
        let before = self.bytes.fetch_add(length, Ordering::Relaxed);
        if before + length > Self::MAX_BYTES || queue.push(frame).is_err() {
            self.bytes.fetch_sub(length, Ordering::Relaxed);
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return true;
        }
        queue.len() > Self::MAX / 2 || before > Self::MAX_BYTES / 2
    }

    pub(super) fn take(&self) -> Option<Vec<u8>> {
        let frame = self.queue.get()?.pop()?;
        self.bytes.fetch_sub(frame.len(), Ordering::Relaxed);
        Some(frame)
    }

    /// Starts that found no room.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}
