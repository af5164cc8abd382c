//! `cargo xtask test`: everything that must hold.

use std::process::ExitCode;

use crate::failure::Failure;
use crate::step::{self, Choice, Summary};
use crate::steps;
use crate::workspace::Workspace;

/// Runs the chosen steps and prints the count as the last line.
pub(crate) fn run(workspace: &Workspace, choice: &Choice) -> Result<ExitCode, Failure> {
    let finished = step::run_all(steps::ALL, choice, workspace);
    let summary = Summary::new(&finished);
    print!("{summary}");
    Ok(if summary.succeeded() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
