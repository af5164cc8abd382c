//! `cargo xtask bench`: builds the benchmarks and becomes them.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::executables;
use crate::failure::Failure;
use crate::process;
use crate::workspace::Workspace;

/// The benchmarks' manifest: a workspace of its own, since the peers are heavy.
pub(crate) const MANIFEST: &str = "tests/bench/Cargo.toml";

/// Builds the benchmarks in the release profile and becomes them.
pub(crate) fn run(workspace: &Workspace, arguments: &[OsString]) -> Result<ExitCode, Failure> {
    let manifest = workspace.path(MANIFEST);
    if !manifest.is_file() {
        return Err(Failure::new(format!("there is no {MANIFEST} to build")));
    }
    let target = workspace.layout()?.target.join("bench");
    let mut build = workspace.cargo("build");
    build.arg("--release").arg("--manifest-path").arg(manifest).env("CARGO_TARGET_DIR", target);
    let program = executables::build_program(
        &mut build,
        "telemetry-bench",
        "Building the benchmarks and their peers (release profile): minutes the first time.",
    )?;
    // What the shell says about telemetry would change one side or the other.
    process::become_program(process::isolate(Command::new(program).args(arguments)))
}
