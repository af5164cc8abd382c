//! The step `models`.

use crate::failure::Failure;
use crate::process;
use crate::workspace::Workspace;

/// Has loom try every order in which the ring's writer and its collector can meet, and those who start, end
/// and list active spans. Built apart, since
/// the atomics are others then.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let layout = workspace.layout()?;
    let mut test = workspace.cargo("test");
    test.args(["--package", "telemetry-core", "--no-default-features", "--lib"]);
    test.arg("--target-dir").arg(layout.target.join("models"));
    test.arg("loom").env("RUSTFLAGS", "--cfg telemetry_loom");
    process::run(process::isolate(&mut test))
}
