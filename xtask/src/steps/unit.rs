//! The step `unit`.

use std::thread;

use crate::failure::Failure;
use crate::steps::{programs, servers};
use crate::suites::{self, Suite};
use crate::workspace::Workspace;

/// Runs the tests of every member and of the documentation, but those that need servers: they are steps of
/// their own.
///
/// Several test programs at once, since most tests wait for something for most of their time.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let layout = workspace.layout()?;
    let programs = programs::of_tests(workspace)?;
    let mut documentation = workspace.cargo("test");
    documentation.args(["--workspace", "--doc", "--no-fail-fast", "--all-features"]);
    let mut suites = vec![Suite::new("examples in the documentation", documentation)];
    suites.extend(programs.iter().map(|program| {
        let skip = servers::TESTS.iter().flat_map(|tests| ["--skip", tests]);
        let with_servers = programs::is_test_of(program, servers::PACKAGE, &layout);
        Suite::of(program, &skip.filter(|_| with_servers).collect::<Vec<_>>())
    }));
    let processors = thread::available_parallelism().map_or(2, usize::from);
    suites::run_all(suites, processors + 1)
}
