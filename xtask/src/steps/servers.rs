//! The step `servers`.

use crate::failure::Failure;
use crate::steps::programs;
use crate::suites::{self, Suite};
use crate::workspace::Workspace;

/// The package that has the tests, behind its feature `servers`. They start what they need on free ports
/// of the loopback or on sockets, without privileges, and stop it.
pub(super) const PACKAGE: &str = "telemetry-db";

/// What the names of the tests begin with.
pub(super) const TESTS: &[&str] = &["redis::", "fingerprints_agree_with_postgres"];

/// Runs the tests of the crate that has them, all of them.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let layout = workspace.layout()?;
    let mut programs = programs::of_tests(workspace)?;
    programs.retain(|program| programs::is_test_of(program, PACKAGE, &layout));
    if programs.is_empty() {
        return Err(Failure::new(format!("{PACKAGE} has no integration tests")));
    }
    suites::run_all(programs.iter().map(|program| Suite::of(program, TESTS)).collect(), 1)
}
