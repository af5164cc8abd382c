//! Who may depend on the `opentelemetry` crates.
//!
//! They break every few months, and two of their versions in one program lose data in
//! silence. One crate adapts them; the programs around it may use them as users do.

use super::Graph;

const ALLOWED: [&str; 3] = ["telemetry-export", "telemetry-examples", "telemetry-tests"];

/// One objection for each edge from anywhere else.
pub(super) fn problems(graph: &Graph) -> Vec<String> {
    let ends = graph.edges().iter().map(|edge| graph.ends(*edge));
    ends.filter(|(from, to)| belongs(&to.name) && !belongs(&from.name))
        .filter(|(from, _)| !ALLOWED.contains(&from.name.as_str()))
        .map(|(from, to)| {
            format!("{} depends on {}, which only {} may", from.name, to.name, ALLOWED.join(", "))
        })
        .collect()
}

/// Whether the crate is one of theirs.
fn belongs(name: &str) -> bool {
    let rest = name.strip_prefix("opentelemetry");
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
}

#[cfg(test)]
mod tests {
    use super::super::graph::tests::graph;
    use super::*;

    #[test]
    fn the_export_crate_and_the_programs_may() {
        let graph = graph(&[
            "telemetry-export -> opentelemetry-proto",
            "opentelemetry-proto -> opentelemetry",
            "telemetry-tests -> opentelemetry_sdk",
        ]);
        assert_eq!(problems(&graph), Vec::<String>::new());
    }

    #[test]
    fn others_may_not_even_in_their_tests_or_through_a_third() {
        let graph = graph(&[
            "telemetry-core ~> opentelemetry",
            "telemetry-http -> bridge",
            "bridge -> opentelemetry_sdk",
        ]);
        let who: Vec<String> = problems(&graph);
        assert_eq!(who.len(), 2);
        assert!(who[0].starts_with("telemetry-core depends on opentelemetry,"));
        assert!(who[1].starts_with("bridge depends on opentelemetry_sdk,"));
    }

    #[test]
    fn a_crate_that_merely_sounds_like_it_is_not_meant() {
        assert!(!belongs("opentelemetrics") && !belongs("tracing-opentelemetry"));
    }
}
