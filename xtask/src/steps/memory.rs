//! The step `memory`.

use crate::failure::Failure;
use crate::process;
use crate::steps::{servers, system};
use crate::workspace::Workspace;

/// Has what OTLP keeps of records that nobody takes measured after a minute of all the load that there
/// can be: the tests of modules named `memory_stays_bounded`, which print what they saw. Built as for
/// `unit`, so nothing is compiled again.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let features = workspace.layout()?.features_except(&[servers::FEATURE, system::FEATURE]);
    let mut test = workspace.cargo("test");
    test.args(["--workspace", "--tests", "--quiet", "--features", &features]);
    test.args(["memory_stays_bounded", "--", "--nocapture"]);
    process::run(process::isolate(&mut test).env("TELEMETRY_MEMORY_SECONDS", "60"))
}
