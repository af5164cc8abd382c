//! The step `oracle`: our prices against those of litellm, which is asked again.

use std::path::PathBuf;
use std::process::Command;

use crate::environment::Environment;
use crate::failure::Failure;
use crate::prices::pinned;
use crate::process;
use crate::steps::programs;
use crate::suites::{self, Suite};
use crate::workspace::Workspace;

const PACKAGE: &str = "telemetry-ai";
const SCRIPT: &str = "telemetry-ai/tools/oracle/oracle.py";
const RECORDS: &str = "telemetry-ai/tests/it/data/oracle.jsonl";

/// Has litellm, at the version that the price table was read from, charge every record again, offline;
/// then has ours charge them.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let python = python(workspace)?;
    let mut ask = Command::new(python);
    ask.arg(workspace.path(SCRIPT)).arg(workspace.path(RECORDS)).arg("--check");
    process::run(ask.env("PYTHONDONTWRITEBYTECODE", "1"))?;
    // Built as for `unit`, so nothing is compiled again.
    let programs = programs::of_tests(workspace)?;
    let layout = workspace.layout()?;
    let ours = programs.iter().find(|program| programs::is_test_of(program, PACKAGE, &layout));
    let ours = ours.ok_or_else(|| Failure::new(format!("{PACKAGE} has no integration tests")))?;
    suites::run_all(vec![Suite::of(ours, &["costs_agree_with_litellms"])], 1)
}

/// The interpreter that can import litellm, at the version that the price table was read from.
pub(crate) fn python(workspace: &Workspace) -> Result<PathBuf, Failure> {
    let environment = Environment {
        folder: "oracle",
        requirements: "telemetry-ai/tools/oracle/requirements.txt",
        alone: Some(pinned(workspace, "litellm")?),
        probe: "import litellm",
    };
    environment.make(workspace)
}
