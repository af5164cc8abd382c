//! What telemetry costs a service: ours beside that of others, side by side in one run.
//!
//! A [`Case`] says what one operation is and how each side does it. Each side of each round runs in
//! a process of its own ([`measure`]); what comes back becomes rows ([`report`]). `README.md` says
//! how to read them.

mod allocator;
mod caller;
mod case;
mod cases;
mod destination;
mod failure;
mod measure;
mod options;
mod ours;
mod peers;
mod provider;
mod receiver;
mod report;
mod tally;
mod workers;

use std::env;
use std::process::ExitCode;

pub use allocator::Allocator;

use case::{Case, Cores};
use failure::Failure;
use measure::{Program, Rounds};
use options::{Command, Selection};
use report::Row;

/// Does what the arguments say, in a program that has `allocator`.
pub fn main(allocator: Allocator) -> ExitCode {
    match options::parse(env::args_os().skip(1)).and_then(|command| obey(command, allocator)) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("telemetry-bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn obey(command: Command, allocator: Allocator) -> Result<ExitCode, Failure> {
    match command {
        Command::Help => print!("{}", options::help()),
        Command::Side { case, side, bursts } => {
            let case = cases::find(&case)?;
            measure::run_side(case, &side, bursts)?;
        }
        Command::Receive { shape, core } => receiver::serve(shape, core)?,
        Command::Call { address, path, core } => caller::serve(address, &path, core)?,
        Command::Answer { core } => provider::serve(core)?,
        Command::Compare(selection) => return compare(&selection, allocator),
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs the chosen cases under each allocator and reports; a void row makes the whole fail.
fn compare(selection: &Selection, allocator: Allocator) -> Result<ExitCode, Failure> {
    let cases = cases::matching(selection)?;
    report::print_heading();
    let mut rows = Vec::new();
    for case in cases {
        if case.cores == Cores::Two && measure::count_cores() < 2 {
            eprintln!("{} is left out: it takes two cores", case.path());
            continue;
        }
        for program in Program::of_each_allocator(allocator)? {
            rows.extend(compare_one(case, &program, selection.rounds)?);
            // After each case, so that a later one that fails takes no row along.
            if let Some(file) = &selection.json {
                report::write_json(file, &rows)?;
            }
        }
    }
    let void = rows.iter().filter(|row| row.is_void()).count();
    if void > 0 {
        eprintln!("{void} of {} rows are void", rows.len());
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}

fn compare_one(
    case: &'static Case,
    program: &Program,
    rounds: Option<usize>,
) -> Result<Vec<Row>, Failure> {
    let rounds = rounds.unwrap_or_else(|| case.comparison.rounds());
    let rounds = Rounds::run(case, program, rounds)?;
    report::print(case, program.allocator, &rounds);
    Ok(report::rows(case, program.allocator, &rounds))
}
