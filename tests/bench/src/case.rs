//! [`Case`]: what one operation is, and how each side does it.

use std::fmt::{self, Debug, Formatter};
use std::time::Duration;

use crate::destination::Destination;
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
    /// Where a side may run.
    pub(crate) cores: Cores,
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
    /// The whole; a row's ratio is ours by the peer's, a share.
    Share,
}

/// Where a side may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cores {
    /// All its threads on one core.
    One,
    /// Anywhere; its [`Workers`](crate::workers::Workers) each on a core of their own.
    Two,
}

/// A side other than ours.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) start: Start,
    /// The ratio that is expected: at least so much of what is added, at most so much of a share.
    pub(crate) expected: Option<f64>,
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
    burst: Box<dyn FnMut(u64) -> Option<Duration>>,
    destination: Box<dyn Destination>,
}

impl Case {
    /// Area and name.
    pub(crate) fn path(&self) -> String {
        format!("{}/{}", self.area, self.name)
    }

    /// All sides by name: the bare one if there is one, ours, then the peers.
    pub(crate) fn sides(&self) -> impl Iterator<Item = (&'static str, Start)> {
        let bare = match self.comparison {
            Comparison::Added { bare } => Some((Self::BARE, bare)),
            Comparison::Share => None,
        };
        bare.into_iter()
            .chain([(Self::OURS, self.ours)])
            .chain(self.peers.iter().map(|peer| (peer.name, peer.start)))
    }

    /// The name of the side without telemetry.
    pub(crate) const BARE: &str = "bare";
    /// The name of our side where telemetry was never started: what it costs to be there at all.
    pub(crate) const UNINITIALISED: &str = "uninitialised";
    /// The name of our side.
    pub(crate) const OURS: &str = "ours";
}

impl Comparison {
    /// How many rounds make a claim.
    pub(crate) fn rounds(self) -> usize {
        match self {
            Self::Added { .. } => 9,
            Self::Share => 20,
        }
    }

    /// A row's ratio.
    pub(crate) fn ratio(self, ours: f64, peer: f64) -> f64 {
        match self {
            Self::Added { .. } => peer / ours,
            Self::Share => ours / peer,
        }
    }

    /// Whether a ratio is as good as expected.
    pub(crate) fn reaches(self, ratio: f64, expected: f64) -> bool {
        match self {
            Self::Added { .. } => ratio >= expected,
            Self::Share => ratio <= expected,
        }
    }
}

impl Peer {
    /// A side of which no ratio is expected.
    pub(crate) const fn new(name: &'static str, start: Start) -> Self {
        Self { name, start, expected: None }
    }

    /// What ratio is expected.
    pub(crate) const fn expected(self, ratio: f64) -> Self {
        Self { expected: Some(ratio), ..self }
    }
}

impl Load {
    /// Operations of a microsecond or more: 20,000 a second.
    pub(crate) const REQUESTS: Self =
        Self { burst: 100, interval: Duration::from_millis(5), warm_up: 40, bursts: 200 };
    /// Operations of some hundred nanoseconds: 40,000 a second.
    pub(crate) const SHORT: Self =
        Self { burst: 1_000, interval: Duration::from_millis(25), warm_up: 8, bursts: 40 };
    /// Operations of some nanoseconds, so many in one go that what it costs to wake for a burst is a
    /// fraction of a nanosecond of each: a million a second.
    pub(crate) const INSTANTS: Self =
        Self { burst: 100_000, interval: Duration::from_millis(100), warm_up: 2, bursts: 10 };

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
        mut burst: impl FnMut(u64) + 'static,
        destination: impl Destination + 'static,
    ) -> Self {
        let untimed = move |operations| {
            burst(operations);
            None
        };
        Self::of_timed_bursts(untimed, destination)
    }

    /// The same for one whose caller knows how long half of the operations took at the most.
    pub(crate) fn of_timed_bursts(
        burst: impl FnMut(u64) -> Option<Duration> + 'static,
        destination: impl Destination + 'static,
    ) -> Self {
        Self { burst: Box::new(burst), destination: Box::new(destination) }
    }

    /// Does so many operations.
    pub(crate) fn burst(&mut self, operations: u64) -> Option<Duration> {
        (self.burst)(operations)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_is_to_be_many_times_less_and_a_share_small() {
        let added = Comparison::Added { bare: || Err("never started".into()) };
        assert_eq!(added.ratio(2.0, 10.0), 5.0);
        assert!(added.reaches(5.0, 4.0) && !added.reaches(3.9, 4.0));
        let share = Comparison::Share;
        assert_eq!(share.ratio(2.0, 10.0), 0.2);
        assert!(share.reaches(1.2, 1.3) && !share.reaches(1.4, 1.3));
    }
}
