//! The step `unit`.

use crate::failure::Failure;
use crate::process;
use crate::steps::{servers, system};
use crate::workspace::Workspace;

/// Runs the tests of every member and of the documentation, with all features but
/// those that add the tests with servers and the system tests: they are steps of their own.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let features = workspace.layout()?.features_except(&[servers::FEATURE, system::FEATURE]);
    let mut test = workspace.cargo("test");
    test.args(["--workspace", "--no-fail-fast", "--features", &features]);
    process::run(process::isolate(&mut test))
}
