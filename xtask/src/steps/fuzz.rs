//! The step `fuzz`.

use crate::failure::Failure;
use crate::steps::programs;
use crate::suites::{self, Suite};
use crate::workspace::Workspace;

/// Runs for 30 seconds each what feeds parsers with mutated texts: the tests of modules named
/// `…survive_anything`. They print how many texts they tried. Built as for `unit`, so nothing is
/// compiled again; all at once, since it is the time that is given.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let programs = programs::of_tests(workspace)?;
    let arguments = ["survive_anything", "--nocapture"];
    let suite = |program| Suite::of(program, &arguments).with("TELEMETRY_FUZZ_SECONDS", "30");
    let suites: Vec<_> = programs.iter().map(suite).collect();
    let at_once = suites.len();
    suites::run_all(suites, at_once)
}
