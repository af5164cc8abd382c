use super::Operation;

/// Of an operation whose rows go to a caller one by one: how many they were,
/// and how long it took with them. The operation is told when something other
/// than a row comes, and at the end.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) operation: Operation,
    /// Those that it has not been told of.
    rows: u64,
    /// Since when the caller has had all that it asked for, in nanoseconds from
    /// the start of the operation.
    handed_over: Option<u64>,
}

impl Account {
    pub(crate) fn of(operation: Operation) -> Self {
        Account { operation, rows: 0, handed_over: None }
    }

    /// One more row.
    #[inline]
    pub(crate) fn row(&mut self) {
        self.rows += 1;
    }

    /// The caller has what it asked for.
    pub(crate) fn hand_over(&mut self) {
        if self.operation.is_active() {
            self.handed_over = Some(self.operation.elapsed());
        }
    }

    /// The caller wants what is not there yet, or nothing more.
    pub(crate) fn take_back(&mut self) {
        if self.rows > 0 {
            self.operation.rows(std::mem::take(&mut self.rows));
        }
        if let Some(since) = self.handed_over.take() {
            let now = self.operation.elapsed();
            self.operation.paused_nanos(now.saturating_sub(since));
        }
    }
}

impl Drop for Account {
    fn drop(&mut self) {
        self.take_back();
    }
}
