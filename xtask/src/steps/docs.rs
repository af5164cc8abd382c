//! The step `docs`.

use crate::failure::Failure;
use crate::process;
use crate::workspace::Workspace;

/// Builds the documentation of every member; a dead link or a bad example fence fails.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let mut document = workspace.cargo("doc");
    document
        .args(["--workspace", "--no-deps", "--all-features"])
        .env("RUSTDOCFLAGS", "-D warnings");
    process::run(&mut document)
}
