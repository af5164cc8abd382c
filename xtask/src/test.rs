//! `cargo xtask test`: everything that must hold.

use std::process::ExitCode;
use std::time::Instant;

use crate::failure::Failure;
use crate::step::{self, Choice, Summary};
use crate::steps;
use crate::workspace::Workspace;

/// Runs the chosen steps and prints the count as the last line.
pub(crate) fn run(workspace: &Workspace, choice: &Choice) -> Result<ExitCode, Failure> {
    let started = Instant::now();
    let finished = step::run_all(steps::ALL, choice, workspace);
    let summary = Summary::new(&finished, started.elapsed());
    print!("{summary}");
    Ok(if summary.succeeded() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Carries out one step as a process of its own.
pub(crate) fn carry_out(workspace: &Workspace, name: &str) -> Result<ExitCode, Failure> {
    let step = steps::ALL.iter().find(|step| step.name == name);
    let step = step.ok_or_else(|| Failure::new(format!("there is no step `{name}`")))?;
    (step.run)(workspace)?;
    Ok(ExitCode::SUCCESS)
}
