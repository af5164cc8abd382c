//! No crate at two versions, but for those that deny.toml lists with a reason.

use std::collections::BTreeMap;

use super::Graph;
use super::rules::Skip;

/// One objection for each duplicate that is not listed and each listed one that is gone.
///
/// What only tests use is left out, as `cargo deny` leaves it out: users never build it.
pub(super) fn problems(graph: &Graph, skips: &[Skip]) -> Vec<String> {
    let versions = versions(graph);
    let mut problems = Vec::new();
    for (name, found) in versions.iter().filter(|(_, found)| found.len() > 1) {
        let unlisted: Vec<&(&str, usize)> = found
            .iter()
            .filter(|(version, _)| !skips.iter().any(|skip| skip.is(name, version)))
            .collect();
        // The newest stays unlisted: the older ones are what should go.
        if let [older @ .., _newest] = unlisted.as_slice() {
            problems.extend(older.iter().map(|(version, index)| {
                format!(
                    "{name} is here at several versions, and {name}@{version} is not listed in \
                     deny.toml; it comes by {}",
                    graph.path_to(*index)
                )
            }));
        }
    }
    for skip in skips {
        let found = versions.get(skip.name.as_str());
        let here = found.is_some_and(|found| found.iter().any(|(one, _)| *one == skip.version));
        if !here {
            problems.push(format!(
                "deny.toml lists {}@{}, which is no longer here",
                skip.name, skip.version
            ));
        } else if found.is_some_and(|found| found.len() == 1) {
            problems.push(format!(
                "deny.toml lists {}@{}, which is no longer a duplicate",
                skip.name, skip.version
            ));
        }
    }
    problems
}

/// The versions of each package, oldest first, with the package's place.
fn versions(graph: &Graph) -> BTreeMap<&str, Vec<(&str, usize)>> {
    let packages = graph.packages();
    let members: Vec<usize> = (0..packages.len()).filter(|index| packages[*index].member).collect();
    let mut versions: BTreeMap<&str, Vec<(&str, usize)>> = BTreeMap::new();
    for index in graph.reached_from(&members).into_keys() {
        let package = &packages[index];
        let found = versions.entry(&package.name).or_default();
        found.push((&package.version, index));
    }
    for found in versions.values_mut() {
        found.sort_by_key(|(version, _)| age(version));
    }
    versions
}

/// The numbers of a version, for the order of releases; what follows `-` or `+` is no
/// matter here.
fn age(version: &str) -> Vec<u64> {
    let release = version.split(['-', '+']).next().unwrap_or(version);
    release.split('.').map(|part| part.parse().unwrap_or(0)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::graph::tests::graph;
    use super::*;

    fn skip(name: &str, version: &str) -> Skip {
        Skip { name: name.to_owned(), version: version.to_owned() }
    }

    fn twice() -> Graph {
        graph(&[
            "telemetry-http -> syn@2.0.119",
            "telemetry-http -> macros",
            "macros -> syn@10.0.0",
        ])
    }

    #[test]
    fn the_older_of_two_must_be_listed() {
        assert_eq!(
            problems(&twice(), &[]),
            ["syn is here at several versions, and syn@2.0.119 is not listed in deny.toml; it \
              comes by telemetry-http > syn"]
        );
        assert_eq!(problems(&twice(), &[skip("syn", "2.0.119")]), Vec::<String>::new());
    }

    #[test]
    fn a_listed_one_that_is_gone_must_go_from_the_list_too() {
        let skips = [skip("syn", "2.0.119"), skip("syn", "1.0.0"), skip("rand", "0.8.5")];
        assert_eq!(
            problems(&twice(), &skips),
            [
                "deny.toml lists syn@1.0.0, which is no longer here",
                "deny.toml lists rand@0.8.5, which is no longer here",
            ]
        );
        let once = graph(&["telemetry-http -> syn@2.0.119"]);
        assert_eq!(
            problems(&once, &[skip("syn", "2.0.119")]),
            ["deny.toml lists syn@2.0.119, which is no longer a duplicate"]
        );
    }

    #[test]
    fn what_only_tests_use_may_differ() {
        let graph = graph(&["telemetry-http -> rand@0.10.0", "telemetry-http ~> rand@0.9.0"]);
        assert_eq!(problems(&graph, &[]), Vec::<String>::new());
    }
}
