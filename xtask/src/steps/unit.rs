//! The step `unit`.

use std::thread;

use crate::executables::{self, Executable, Kind};
use crate::failure::Failure;
use crate::steps::{servers, system};
use crate::suites::{self, Suite};
use crate::workspace::Workspace;

/// Runs the tests of every member and of the documentation, with all features but
/// those that add the tests with servers and the system tests: they are steps of their own.
///
/// Several test programs at once, since most tests wait for something for most of their time.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let mut documentation = workspace.cargo("test");
    documentation.args(["--workspace", "--doc", "--no-fail-fast", "--features"]);
    documentation.arg(features(workspace)?);
    let mut suites = vec![Suite::new("examples in the documentation", documentation)];
    suites.extend(programs(workspace)?.iter().map(|program| Suite::of(program, &[])));
    let processors = thread::available_parallelism().map_or(2, usize::from);
    suites::run_all(suites, processors + 1)
}

/// The test programs, the longest first: those of a crate's folder `tests`.
pub(super) fn programs(workspace: &Workspace) -> Result<Vec<Executable>, Failure> {
    let mut build = workspace.cargo("test");
    build.args(["--workspace", "--no-run", "--features", &features(workspace)?]);
    let mut programs = executables::build(&mut build)?;
    programs.retain(|program| program.is_test);
    programs.sort_by_key(|program| program.kind != Kind::IntegrationTest);
    Ok(programs)
}

fn features(workspace: &Workspace) -> Result<String, Failure> {
    Ok(workspace.layout()?.features_except(&[servers::FEATURE, system::FEATURE]))
}
