//! The step `clients`.

use crate::failure::Failure;
use crate::process;
use crate::workspace::Workspace;

/// The workspace that has clients of models which others have written.
pub(super) const MANIFEST: &str = "tests/clients/Cargo.toml";

/// Runs what shows how `async-openai`, `rig` and the SDK of Bedrock are observed. They are a workspace of
/// their own: the clients are heavy, and pin libraries that nobody else here needs.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let layout = workspace.layout()?;
    let mut test = workspace.cargo("test");
    test.arg("--manifest-path").arg(workspace.path(MANIFEST));
    test.arg("--target-dir").arg(layout.target.join("clients"));
    process::run(process::isolate(&mut test))
}
