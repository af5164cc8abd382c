//! The step `docs`.

use crate::failure::Failure;
use crate::process;
use crate::workspace::Workspace;

/// Builds the documentation of every member; a dead link or a bad example fence fails.
///
/// With examples, for whose sake cargo gives the dependencies the features that they have in `lints`: what
/// was checked there isn't checked again.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let mut document = workspace.cargo("doc");
    document
        .args(["--workspace", "--no-deps", "--all-features", "--lib", "--bins", "--examples"])
        .env("RUSTDOCFLAGS", "-D warnings");
    process::run(&mut document)
}
