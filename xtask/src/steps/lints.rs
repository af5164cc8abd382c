//! The step `lints`.

use crate::failure::Failure;
use crate::process;
use crate::workspace::Workspace;

/// Lints every target of every member with all features.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let mut lint = workspace.cargo("clippy");
    lint.args(["--workspace", "--all-targets", "--all-features"]);
    process::run(lint.args(["--", "-D", "warnings"]))
}
