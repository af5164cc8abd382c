//! The step `format`.

use crate::bench;
use crate::failure::Failure;
use crate::process;
use crate::workspace::Workspace;

/// Checks the format of the workspace and of the benchmarks, which are outside of it.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    process::run(workspace.cargo("fmt").args(["--all", "--check"]))?;
    let benchmarks = workspace.path(bench::MANIFEST);
    if benchmarks.is_file() {
        let mut format = workspace.cargo("fmt");
        format.arg("--check").arg("--manifest-path").arg(benchmarks);
        process::run(&mut format)?;
    }
    Ok(())
}
