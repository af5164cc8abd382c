//! The step `format`.

use crate::bench;
use crate::failure::Failure;
use crate::process;
use crate::steps::beside;
use crate::workspace::Workspace;

/// Checks the format of the workspace, and of what is outside of it: the benchmarks, and what stands
/// beside the bridge.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    process::run(workspace.cargo("fmt").args(["--all", "--check"]))?;
    for manifest in [bench::MANIFEST, beside::MANIFEST].map(|below| workspace.path(below)) {
        let mut format = workspace.cargo("fmt");
        format.arg("--check").arg("--manifest-path").arg(manifest);
        process::run(&mut format)?;
    }
    Ok(())
}
