//! Which crate of ours may depend on which.

use super::Graph;

/// The crates that stand on the core beside each other, each usable alone.
const ROOMS: [&str; 6] = [
    "telemetry-http",
    "telemetry-db",
    "telemetry-ai",
    "telemetry-jobs",
    "telemetry-export",
    "telemetry-dashboard",
];

const CORE: &str = "telemetry-core";

/// What the core must not reach by any way: frameworks and async runtimes.
const NOT_FOR_CORE: [&str; 9] =
    ["async-std", "axum", "hyper", "reqwest", "smol", "sqlx", "tokio", "tower", "tower-http"];

/// The programs around the libraries, which no library may need.
const PROGRAMS: [&str; 4] = ["telemetry-examples", "telemetry-servers", "telemetry-tests", "xtask"];

/// One objection for each forbidden dependency. What only tests use is free.
pub(super) fn problems(graph: &Graph) -> Vec<String> {
    let mut problems = Vec::new();
    for edge in graph.edges().iter().filter(|edge| !edge.only_in_tests) {
        let (from, to) = graph.ends(*edge);
        let (from, to) = (from.name.as_str(), to.name.as_str());
        let library = from == CORE || ROOMS.contains(&from);
        if library && (ROOMS.contains(&to) || PROGRAMS.contains(&to)) {
            problems.push(format!("{from} depends on {to}, but each crate stands on {CORE} alone"));
        }
    }
    let is_core = |index: &usize| graph.packages()[*index].name == CORE;
    let core: Vec<usize> = (0..graph.packages().len()).filter(is_core).collect();
    let mut reached: Vec<&str> = graph
        .reached_from(&core)
        .into_keys()
        .map(|index| graph.packages()[index].name.as_str())
        .filter(|name| NOT_FOR_CORE.contains(name))
        .collect();
    reached.sort_unstable();
    problems.extend(reached.into_iter().map(|name| {
        format!("{CORE} reaches {name}, but it stands on no framework and no async runtime")
    }));
    problems
}

#[cfg(test)]
mod tests {
    use super::super::graph::tests::graph;
    use super::*;

    #[test]
    fn everything_may_stand_on_the_core_and_programs_on_everything() {
        let graph = graph(&[
            "telemetry-http -> telemetry-core",
            "telemetry-http -> tokio",
            "telemetry-http ~> telemetry-export",
            "telemetry-core ~> tokio",
            "telemetry-examples -> telemetry-http",
        ]);
        assert_eq!(problems(&graph), Vec::<String>::new());
    }

    #[test]
    fn crates_beside_each_other_stay_apart() {
        let graph = graph(&["telemetry-ai -> telemetry-http", "telemetry-db -> xtask"]);
        assert_eq!(problems(&graph).len(), 2);
    }

    #[test]
    fn the_core_reaches_no_runtime_by_any_way() {
        let graph = graph(&["telemetry-core -> handy", "handy -> tokio"]);
        let problems = problems(&graph);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("telemetry-core reaches tokio,"));
    }
}
