use std::time::Instant;

/// The flushes that a sink is asked for. Each concerns the batches that were queued before it: under load
/// there are always others after them, and whoever waits needn't wait for those.
#[derive(Debug, Default)]
pub(super) struct Flushes {
    requested: u64,
    completed: u64,
    /// Batches that were ever queued, and that ever left the queue.
    queued: u64,
    left: u64,
    /// What is waited for now, and what those wait for who came later, all of them together.
    present: Option<Due>,
    next: Option<Due>,
}

/// A flush, once so many batches have left the queue.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    /// The last request that it answers.
    number: u64,
    queued: u64,
    pub(super) deadline: Instant,
}

impl Flushes {
    pub(super) fn count_queued(&mut self) {
        self.queued += 1;
    }

    pub(super) fn count_left(&mut self) {
        self.left += 1;
    }

    /// Asks for a flush, and gives its number.
    pub(super) fn request(&mut self, deadline: Instant) -> u64 {
        self.requested += 1;
        let due = Due { number: self.requested, queued: self.queued, deadline };
        match (&self.present, &mut self.next) {
            (None, _) => self.present = Some(due),
            (Some(_), Some(next)) => *next = Due { deadline: next.deadline.max(deadline), ..due },
            (Some(_), next) => *next = Some(due),
        }
        self.requested
    }

    /// What is to be done now.
    pub(super) fn due(&self) -> Option<Due> {
        self.present.filter(|due| self.left >= due.queued)
    }

    pub(super) fn complete(&mut self, due: Due) {
        self.completed = due.number;
        self.present = self.next.take();
    }

    pub(super) fn is_complete(&self, number: u64) -> bool {
        self.completed >= number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flush_is_due_when_what_was_queued_before_it_has_left() {
        let (now, mut flushes) = (Instant::now(), Flushes::default());
        (0..3).for_each(|_| flushes.count_queued());
        let first = flushes.request(now);
        // More comes in, and others ask for what came in.
        flushes.count_queued();
        let (second, third) = (flushes.request(now), flushes.request(now));
        flushes.count_queued();
        (0..2).for_each(|_| flushes.count_left());
        assert!(flushes.due().is_none());
        flushes.count_left();
        let due = flushes.due().unwrap();
        flushes.complete(due);
        let done = |flushes: &Flushes| [first, second, third].map(|it| flushes.is_complete(it));
        assert_eq!(done(&flushes), [true, false, false]);
        assert!(flushes.due().is_none());
        flushes.count_left();
        let due = flushes.due().unwrap();
        flushes.complete(due);
        assert_eq!(done(&flushes), [true; 3]);
        assert!(flushes.due().is_none());
    }
}
