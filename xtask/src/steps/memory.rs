//! The step `memory`.

use crate::failure::Failure;
use crate::steps::programs;
use crate::suites::{self, Suite};
use crate::workspace::Workspace;

/// Has what a pipeline, and OTLP, keep of records that nobody takes measured after a minute of all the load
/// that there can be: the tests of modules named `memory_stays_bounded`, which print what they saw. Built as
/// for `unit`, so nothing is compiled again; two at once, since it is the time that is given.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let programs = programs::of_tests(workspace)?;
    let arguments = ["memory_stays_bounded", "--nocapture"];
    let suite = |program| Suite::of(program, &arguments).with("TELEMETRY_MEMORY_SECONDS", "60");
    suites::run_all(programs.iter().map(suite).collect(), 2)
}
