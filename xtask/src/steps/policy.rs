//! The step `policy`.

use std::fs;

use crate::failure::Failure;
use crate::policy::{self, Graph, Rules};
use crate::process;
use crate::workspace::Workspace;

/// Holds the dependency graph against deny.toml and the design.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let text = fs::read_to_string(workspace.path("deny.toml"))
        .map_err(|error| Failure::new(format!("deny.toml cannot be read: {error}")))?;
    let rules = Rules::parse(&text)?;
    let mut metadata = workspace.cargo("metadata");
    metadata.args(["--format-version", "1", "--locked", "--all-features"]);
    for target in &rules.targets {
        metadata.args(["--filter-platform", target]);
    }
    let graph = Graph::from_metadata(&process::json(&mut metadata)?)?;
    let problems = policy::problems(&graph, &rules);
    for problem in &problems {
        println!("- {problem}");
    }
    match problems.len() {
        0 => {
            println!("{} packages, nothing to object to", graph.packages().len());
            Ok(())
        }
        1 => Err(Failure::new("1 objection")),
        several => Err(Failure::new(format!("{several} objections"))),
    }
}
