//! The step `features`.

use crate::failure::Failure;
use crate::process;
use crate::workspace::{Member, Workspace};

/// Checks each library by itself without features, then with its defaults.
///
/// One at a time, since cargo joins the features of packages that it builds together
/// and would hide that one lacks what another turns on. By clippy, because it can turn
/// warnings into errors for the members without building the dependencies anew.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let layout = workspace.layout()?;
    let libraries = layout.members.iter().filter(|member| member.library);
    for library in libraries {
        check(workspace, library, &["--no-default-features"])?;
        if library.has_defaults() {
            check(workspace, library, &[])?;
        }
    }
    Ok(())
}

fn check(workspace: &Workspace, library: &Member, features: &[&str]) -> Result<(), Failure> {
    let mut check = workspace.cargo("clippy");
    check.args(["--lib", "--package", &library.name]).args(features);
    process::run(check.args(["--", "-D", "warnings"]))
}
