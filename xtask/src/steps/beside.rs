//! The step `beside`.

use crate::failure::Failure;
use crate::process;
use crate::workspace::Workspace;

/// The workspace that has what stands beside the bridge from `tracing`.
const FOLDER: &str = "tests/beside";
pub(super) const MANIFEST: &str = "tests/beside/Cargo.toml";

/// Runs the tests of the bridge beside `tracing-opentelemetry` and `console-subscriber`. They are a
/// workspace of their own, since both bring what the libraries must not need.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let layout = workspace.layout()?;
    let mut test = workspace.cargo("test");
    // From its folder, where cargo finds the flag that console-subscriber asks for.
    test.current_dir(workspace.path(FOLDER));
    test.arg("--target-dir").arg(layout.target.join("beside"));
    process::run(process::isolate(&mut test))
}
