//! [`Case`]: what one operation is, and how each side does it.

use std::fmt::{self, Debug, Formatter};
use std::time::Duration;

use crate::failure::Failure;

/// An operation, done by several sides.
#[derive(Debug)]
pub(crate) struct Case {
    /// The part of the project that the operation is about.
    pub(crate) area: &'static str,
    /// The operation's name, as the rows have it.
    pub(crate) name: &'static str,
    /// What of a side's cost is compared.
    pub(crate) comparison: Comparison,
    /// How much of the operation, how fast.
    pub(crate) load: Load,
    /// Our side.
    pub(crate) ours: Start,
    /// The others.
    pub(crate) peers: &'static [Peer],
}

/// What of a side's cost is compared.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Comparison {
    /// What it adds to the bare operation; a row's ratio is the peer's by ours.
    Added {
        /// The operation without telemetry, paced alike: the pacing is subtracted with it.
        bare: Start,
    },
}

/// A side other than ours.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) start: Start,
}

/// Sets a side up, in a process that has nothing else to do.
pub(crate) type Start = fn() -> Result<Subject, Failure>;

/// How much of an operation, how fast: below what any side can do, so that none has to drop.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Load {
    /// Operations done in one go.
    pub(crate) burst: u64,
    /// The time from one burst's beginning to the next's.
    pub(crate) interval: Duration,
    /// Bursts before the measured ones.
    pub(crate) warm_up: u32,
    /// Bursts that are measured.
    pub(crate) bursts: u32,
}

/// One side, ready to work.
pub(crate) struct Subject {
    burst: Box<dyn FnMut(u64)>,
    destination: Box<dyn Destination>,
}

/// Where a side's records end.
pub(crate) trait Destination {
    /// Waits until all that has been recorded is delivered.
    fn flush(&self) -> Result<(), Failure>;

    /// Operations of which every record has been delivered, complete; none where there is nothing
    /// to deliver.
    fn delivered(&self) -> Option<u64>;
}

/// The destination of a side without telemetry.
#[derive(Debug)]
pub(crate) struct Nowhere;

impl Case {
    /// Area and name.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}", self.area, self.name)
    }

    /// All sides by name: the bare one, ours, then the peers.
    pub(crate) fn sides(&self) -> impl Iterator<Item = (&'static str, Start)> {
        let Comparison::Added { bare } = self.comparison;
        [(Self::BARE, bare), (Self::OURS, self.ours)]
            .into_iter()
            .chain(self.peers.iter().map(|peer| (peer.name, peer.start)))
    }

    /// The name of the side without telemetry.
    pub(crate) const BARE: &str = "bare";
    /// The name of our side.
    pub(crate) const OURS: &str = "ours";
}

impl Comparison {
    /// How many rounds make a claim.
    pub(crate) fn rounds(self) -> usize {
        match self {
            Self::Added { .. } => 9,
        }
    }
}

impl Load {
    /// Operations that are measured.
    pub(crate) fn operations(self) -> u64 {
        self.burst * u64::from(self.bursts)
    }
}

impl Subject {
    /// A side that does one operation at a time and delivers to `destination`. The operations are
    /// numbered from zero.
    pub(crate) fn new(
        mut operation: impl FnMut(u64) + 'static,
        destination: impl Destination + 'static,
    ) -> Self {
        let mut next = 0;
        let burst = move |operations| {
            (next..next + operations).for_each(&mut operation);
            next += operations;
        };
        Self::of_bursts(burst, destination)
    }

    /// A side that does so many operations when asked and delivers to `destination`.
    pub(crate) fn of_bursts(
        burst: impl FnMut(u64) + 'static,
        destination: impl Destination + 'static,
    ) -> Self {
        Self { burst: Box::new(burst), destination: Box::new(destination) }
    }

    /// Does so many operations.
    pub(crate) fn burst(&mut self, operations: u64) {
        (self.burst)(operations);
    }

    pub(crate) fn destination(&self) -> &dyn Destination {
        &*self.destination
    }
}

impl Debug for Subject {
    fn fmt(&self, out: &mut Formatter<'_>) -> fmt::Result {
        out.debug_struct("Subject").finish_non_exhaustive()
    }
}

impl Destination for Nowhere {
    fn flush(&self) -> Result<(), Failure> {
        Ok(())
    }

    fn delivered(&self) -> Option<u64> {
        None
    }
}
