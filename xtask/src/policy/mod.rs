//! What the dependency graph must be like: pure functions from the graph and deny.toml
//! to a list of objections.
//!
//! `cargo deny check` reads the same file and checks more (advisories, licence texts),
//! but takes minutes to build; these checks take none.

mod bans;
mod duplicates;
mod graph;
mod layers;
mod licences;
mod opentelemetry;
mod rules;
mod spdx;

pub(crate) use graph::Graph;
pub(crate) use rules::Rules;

/// All objections, each a sentence.
pub(crate) fn problems(graph: &Graph, rules: &Rules) -> Vec<String> {
    let checks = [
        opentelemetry::problems(graph),
        layers::problems(graph),
        bans::problems(graph, &rules.banned),
        duplicates::problems(graph, &rules.skips),
        licences::problems(graph, rules),
    ];
    checks.into_iter().flatten().collect()
}
