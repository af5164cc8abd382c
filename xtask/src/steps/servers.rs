//! The step `servers`: the tests that start real servers by themselves.

use crate::failure::Failure;
use crate::process;
use crate::steps::system;
use crate::workspace::Workspace;

/// The feature that adds them. The tests start what they need on free ports of the loopback or on
/// sockets, without privileges, and stop it.
pub(super) const FEATURE: &str = "telemetry-db/servers";

/// Runs the tests of the crate that has them, all of them: with the whole workspace's features, so
/// that nothing but that crate is compiled again.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let features = workspace.layout()?.features_except(&[system::FEATURE]);
    let mut test = workspace.cargo("test");
    test.args(["--workspace", "--tests", "--no-fail-fast", "--features", &features]);
    test.args(["--", "redis::", "fingerprints_agree_with_postgres"]);
    process::run(process::isolate(&mut test))
}
