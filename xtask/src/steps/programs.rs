//! The programs that the steps run, which are built once.

use std::sync::OnceLock;

use crate::executables::{self, Executable, Kind};
use crate::failure::Failure;
use crate::workspace::{Layout, Workspace};

/// The package whose integration tests are the step `system`.
pub(super) const SYSTEM: &str = "telemetry-tests";

/// All that the members' targets become with all features: with one choice of features in every step
/// nothing is compiled twice. Asked for again they are as they were, without a cargo that would wait for
/// one of a step that is done aside.
pub(super) fn all(workspace: &Workspace) -> Result<Vec<Executable>, Failure> {
    static BUILT: OnceLock<Vec<Executable>> = OnceLock::new();
    if let Some(built) = BUILT.get() {
        return Ok(built.clone());
    }
    let mut build = workspace.cargo("build");
    let built = executables::build(build.args(["--workspace", "--all-targets", "--all-features"]))?;
    Ok(BUILT.get_or_init(|| built).clone())
}

/// The test programs without those of the step `system`, the longest first: those of a crate's folder
/// `tests`.
pub(super) fn of_tests(workspace: &Workspace) -> Result<Vec<Executable>, Failure> {
    let layout = workspace.layout()?;
    let mut programs = all(workspace)?;
    programs.retain(|program| program.is_test && !is_test_of(program, SYSTEM, &layout));
    programs.sort_by_key(|program| program.kind != Kind::IntegrationTest);
    Ok(programs)
}

/// Whether it is of the integration tests of that package.
pub(super) fn is_test_of(program: &Executable, package: &str, layout: &Layout) -> bool {
    program.kind == Kind::IntegrationTest
        && layout.directory_of(package) == Some(program.package.as_path())
}
