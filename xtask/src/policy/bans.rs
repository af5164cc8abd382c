//! Crates that must not be here, and places that none may come from.

use super::Graph;
use super::rules::Banned;

/// One objection for each package that is banned or of unknown origin.
pub(super) fn problems(graph: &Graph, banned: &[Banned]) -> Vec<String> {
    let mut problems = Vec::new();
    for (index, package) in graph.packages().iter().enumerate() {
        if let Some(ban) = banned.iter().find(|ban| ban.name == package.name) {
            problems.push(format!(
                "{} {} is banned ({}); it comes by {}",
                package.name,
                package.version,
                ban.reason,
                graph.path_to(index)
            ));
        }
        if let Some(origin) = unwanted_origin(package.source.as_deref(), package.member) {
            problems.push(format!("{} comes from {origin}", package.name));
        }
    }
    problems
}

/// Why the origin is not accepted: a lockfile with a git or path source cannot be
/// published, and nobody else has looked at what is there.
fn unwanted_origin(source: Option<&str>, member: bool) -> Option<String> {
    match source {
        None if member => None,
        None => Some("a path outside the workspace".to_owned()),
        Some(source) if source.starts_with("registry+") || source.starts_with("sparse+") => None,
        Some(source) => Some(format!("{source}, which is no registry")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::graph::tests::graph;
    use super::*;

    #[test]
    fn a_banned_crate_is_named_with_its_reason_and_its_way_in() {
        let graph = graph(&["telemetry-ai -> client", "client -> openssl-sys@0.9.1"]);
        let banned =
            [Banned { name: "openssl-sys".to_owned(), reason: "TLS is rustls".to_owned() }];
        assert_eq!(
            problems(&graph, &banned),
            [
                "openssl-sys 0.9.1 is banned (TLS is rustls); it comes by telemetry-ai > client > openssl-sys"
            ]
        );
        assert_eq!(problems(&graph, &[]), Vec::<String>::new());
    }

    #[test]
    fn only_members_have_paths_and_the_rest_comes_from_a_registry() {
        assert_eq!(unwanted_origin(None, true), None);
        assert_eq!(unwanted_origin(Some("registry+https://index"), false), None);
        assert!(unwanted_origin(None, false).is_some());
        assert!(unwanted_origin(Some("git+https://host/it"), false).is_some());
    }
}
