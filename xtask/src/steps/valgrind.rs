//! The step `valgrind`.

use std::process::Command;

use crate::executables::{Executable, Kind};
use crate::failure::Failure;
use crate::process;
use crate::steps::programs;
use crate::suites::{self, Suite};
use crate::workspace::Workspace;

/// The package with the only `unsafe` code.
const PACKAGE: &str = "telemetry-core";

/// Its tests, of the slots alone and of whole pipelines.
const TESTS: &str = "pipeline::ring";

/// Has valgrind watch every access to memory of the tests of the rings. Built as for `unit`, so nothing is
/// compiled again.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let valgrind = process::find_program("valgrind").ok_or_else(|| {
        Failure::new("valgrind is missing; the step packages tells how to get it")
    })?;
    let layout = workspace.layout()?;
    let directory = layout.directory_of(PACKAGE);
    let is_it = |program: &Executable| {
        program.kind != Kind::IntegrationTest && directory == Some(program.package.as_path())
    };
    let programs = programs::of_tests(workspace)?;
    let program = programs.iter().find(|program| is_it(program));
    let program = program.ok_or_else(|| Failure::new(format!("{PACKAGE} has no tests")))?;
    let mut command = Command::new(valgrind);
    // What is lost for certain is a failure. What may be lost is what the standard library keeps of
    // threads, to which it has pointers of its own kind. Threads take turns, so that one that waits for
    // another doesn't wait for its whole share.
    command
        .args(["--quiet", "--error-exitcode=1", "--fair-sched=yes", "--leak-check=full"])
        .args(["--show-leak-kinds=definite", "--errors-for-leak-kinds=definite"])
        .arg(&program.path)
        .arg(TESTS)
        .current_dir(&program.package);
    suites::run_all(
        vec![Suite::new(format!("tests {TESTS} of {PACKAGE}, by valgrind"), command)],
        1,
    )
}
