//! `cargo xtask demo`: builds the example programs and becomes the one that leads them.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::executables;
use crate::failure::Failure;
use crate::process;
use crate::workspace::Workspace;

/// Builds the demo and becomes it.
///
/// The dev profile is meant: it halves the wait before the first start, and nothing
/// that the demo shows is a claim about speed (`cargo xtask bench` makes those, in the
/// release profile).
pub(crate) fn run(workspace: &Workspace, arguments: &[OsString]) -> Result<ExitCode, Failure> {
    let mut build = workspace.cargo("build");
    build.args(["--package", "telemetry-examples", "--bins"]);
    let program = executables::build_program(
        &mut build,
        "demo",
        "Building the demo (telemetry-examples, dev profile): minutes the first time, seconds later.",
    )?;
    process::become_program(Command::new(program).args(arguments))
}
