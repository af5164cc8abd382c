//! The step `format`.

use crate::bench;
use crate::failure::Failure;
use crate::process;
use crate::steps::{beside, clients};
use crate::workspace::Workspace;

/// Checks the format of the workspace, and of what is outside of it: the benchmarks, what stands
/// beside the bridge, and others' clients.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    process::run(workspace.cargo("fmt").args(["--all", "--check"]))?;
    for manifest in [bench::MANIFEST, beside::MANIFEST, clients::MANIFEST] {
        let mut format = workspace.cargo("fmt");
        format.arg("--check").arg("--manifest-path").arg(workspace.path(manifest));
        process::run(&mut format)?;
    }
    Ok(())
}
