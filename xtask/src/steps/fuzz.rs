//! The step `fuzz`.

use crate::failure::Failure;
use crate::process;
use crate::steps::{servers, system};
use crate::workspace::Workspace;

/// Runs for 30 seconds each what feeds parsers with mutated texts: the tests of modules named
/// `…survive_anything`. They print how many texts they tried. Built as for `unit`, so nothing is
/// compiled again.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let features = workspace.layout()?.features_except(&[servers::FEATURE, system::FEATURE]);
    let mut test = workspace.cargo("test");
    test.args(["--workspace", "--tests", "--quiet", "--features", &features]);
    test.args(["survive_anything", "--", "--nocapture"]);
    process::run(process::isolate(&mut test).env("TELEMETRY_FUZZ_SECONDS", "30"))
}
