//! [`Rounds`]: all sides of a case, one after the other, over and over.

use std::io::{IsTerminal, Write, stderr};

use super::{Measured, Program};
use crate::case::Case;
use crate::failure::Failure;

/// What each side used in each round.
#[derive(Debug)]
pub(crate) struct Rounds {
    sides: Vec<(&'static str, Vec<Measured>)>,
}

impl Rounds {
    /// Runs every side in each of so many rounds. Whatever drifts, drifts for all of them; the round
    /// begins with another side each time, so that none always follows the same one.
    pub(crate) fn run(case: &Case, program: &Program, rounds: usize) -> Result<Self, Failure> {
        let mut sides: Vec<(&'static str, Vec<Measured>)> =
            case.sides().map(|(name, _)| (name, Vec::new())).collect();
        let count = sides.len();
        for round in 0..rounds {
            show_progress(&format!(
                "{} round {} of {rounds}",
                program.allocator.label(&case.path()),
                round + 1
            ));
            for place in 0..count {
                let (name, measured) = &mut sides[(round + place) % count];
                measured.push(program.run(case, name)?);
            }
        }
        show_progress("");
        Ok(Self { sides })
    }

    /// How many rounds there were.
    pub(crate) fn len(&self) -> usize {
        self.sides.first().map_or(0, |(_, measured)| measured.len())
    }

    /// What a side used, round by round.
    pub(crate) fn of(&self, side: &str) -> &[Measured] {
        self.sides.iter().find(|(name, _)| *name == side).map_or(&[], |(_, measured)| measured)
    }
}

/// Says what is going on, where somebody watches.
fn show_progress(text: &str) {
    let mut out = stderr();
    if out.is_terminal() {
        let _ = write!(out, "\r\x1b[K{text}").and_then(|()| out.flush());
    }
}
