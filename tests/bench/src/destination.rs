//! [`Destination`]: where a side's records end.

use std::time::Duration;

use crate::failure::Failure;

/// Where a side's records end.
pub(crate) trait Destination {
    /// Waits until all that has been recorded is delivered.
    fn flush(&self) -> Result<(), Failure>;

    /// Operations of which every record has been delivered, complete; none where there is nothing
    /// to deliver.
    fn delivered(&self) -> Option<u64>;

    /// Processor time that the side has used in another process, where it has one that works for it.
    fn used_elsewhere(&self) -> Duration {
        Duration::ZERO
    }
}

/// The destination of a side without telemetry.
#[derive(Debug)]
pub(crate) struct Nowhere;

/// The destination of a side that leaves one record behind for a burst of operations.
#[derive(Debug)]
pub(crate) struct PerBurst<D> {
    /// Where that record ends.
    pub(crate) records: D,
    /// Operations that it stands for.
    pub(crate) operations: u64,
}

impl Destination for Nowhere {
    fn flush(&self) -> Result<(), Failure> {
        Ok(())
    }

    fn delivered(&self) -> Option<u64> {
        None
    }
}

impl<D: Destination> Destination for PerBurst<D> {
    fn flush(&self) -> Result<(), Failure> {
        self.records.flush()
    }

    fn delivered(&self) -> Option<u64> {
        self.records.delivered().map(|records| records * self.operations)
    }
}
