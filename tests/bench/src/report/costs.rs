//! [`Costs`]: what a side costs, by the case's comparison.

use super::Spread;
use crate::case::{Case, Comparison};
use crate::measure::Rounds;

/// What a side costs in each round, in nanoseconds an operation.
#[derive(Debug)]
pub(super) struct Costs(Vec<f64>);

impl Costs {
    /// The side's whole cost, less the bare one of the same round where that is what is compared.
    pub(super) fn of(case: &Case, rounds: &Rounds, side: &str) -> Self {
        let whole = rounds.of(side).iter().map(|measured| measured.nanos());
        match case.comparison {
            Comparison::Added { .. } => {
                let bare = rounds.of(Case::BARE).iter();
                Self(whole.zip(bare).map(|(whole, bare)| whole - bare.nanos()).collect())
            }
            Comparison::Share => Self(whole.collect()),
        }
    }

    pub(super) fn spread(&self) -> Spread {
        Spread::of(self.0.iter().copied())
    }

    /// The ratio of ours and this peer's, round by round.
    pub(super) fn ratio(&self, ours: &Self, comparison: Comparison) -> Spread {
        Spread::of(self.0.iter().zip(&ours.0).map(|(peer, ours)| comparison.ratio(*ours, *peer)))
    }
}

/// The share of the side's operations that was delivered, in its worst round.
pub(super) fn delivered(rounds: &Rounds, side: &str) -> f64 {
    let shares = rounds.of(side).iter().map(|measured| measured.delivered());
    shares.fold(f64::INFINITY, f64::min)
}

/// The share of the core that the side used, in its worst round.
pub(super) fn busy(rounds: &Rounds, side: &str) -> f64 {
    let shares = rounds.of(side).iter().map(|measured| measured.busy());
    shares.fold(0.0, f64::max)
}
