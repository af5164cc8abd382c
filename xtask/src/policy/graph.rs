//! [`Graph`]: the packages that are really built and who depends on whom.

use std::collections::{HashMap, VecDeque};

use serde_json::Value;

use crate::failure::Failure;
use crate::workspace::texts;

/// The packages that are really built and who depends on whom.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    packages: Vec<Package>,
    edges: Vec<Edge>,
}

/// A package at one version.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    pub(crate) version: String,
    /// Its licence as an SPDX expression, if it states one.
    pub(crate) licence: Option<String>,
    /// Where it comes from; a path has none.
    pub(crate) source: Option<String>,
    /// Whether it belongs to the workspace.
    pub(crate) member: bool,
}

/// One package depending on another, by index.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Edge {
    /// Who depends.
    pub(crate) from: usize,
    /// On whom.
    pub(crate) to: usize,
    /// Whether only tests, examples or benchmarks do.
    pub(crate) only_in_tests: bool,
}

impl Graph {
    /// Reads what `cargo metadata` prints.
    ///
    /// Its resolution is the lockfile's, where a weak feature (`package?/feature`) pulls
    /// in a package that no build contains. An edge therefore counts only if the
    /// dependency is not optional or an enabled feature turns it on, and a package only
    /// if a member reaches it.
    pub(crate) fn from_metadata(metadata: &Value) -> Result<Self, Failure> {
        let resolution = metadata["resolve"]["nodes"]
            .as_array()
            .ok_or_else(|| Failure::new("cargo metadata has no resolution"))?;
        let packages: HashMap<&str, &Value> = by_id(metadata["packages"].as_array());
        let nodes: HashMap<&str, &Value> = by_id(Some(resolution));
        let members: Vec<&str> = texts(&metadata["workspace_members"]).collect();

        let mut graph = Self::default();
        let mut indices: HashMap<&str, usize> = HashMap::new();
        let mut waiting: VecDeque<&str> = VecDeque::new();
        for member in &members {
            graph.place(member, &packages, true, &mut indices, &mut waiting);
        }
        while let Some(id) = waiting.pop_front() {
            let (Some(package), Some(node)) = (packages.get(id), nodes.get(id)) else {
                continue;
            };
            let from = graph.place(id, &packages, false, &mut indices, &mut waiting);
            for dependency in node["deps"].as_array().into_iter().flatten() {
                let Some(id) = dependency["pkg"].as_str() else {
                    continue;
                };
                let Some(only_in_tests) = enabled(package, node, dependency, &packages) else {
                    continue;
                };
                let to = graph.place(id, &packages, false, &mut indices, &mut waiting);
                graph.edges.push(Edge { from, to, only_in_tests });
            }
        }
        Ok(graph)
    }

    /// The packages; their places are what edges refer to.
    pub(crate) fn packages(&self) -> &[Package] {
        &self.packages
    }

    /// The edges.
    pub(crate) fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// The package that depends and the one that it depends on.
    pub(crate) fn ends(&self, edge: Edge) -> (&Package, &Package) {
        (&self.packages[edge.from], &self.packages[edge.to])
    }

    /// Every package that these reach without what only tests use, with the place of
    /// the package that leads there first.
    pub(crate) fn reached_from(&self, starts: &[usize]) -> HashMap<usize, Option<usize>> {
        let mut reached: HashMap<usize, Option<usize>> =
            starts.iter().map(|start| (*start, None)).collect();
        let mut waiting: VecDeque<usize> = starts.iter().copied().collect();
        while let Some(from) = waiting.pop_front() {
            let edges = self.edges.iter();
            for edge in edges.filter(|edge| edge.from == from && !edge.only_in_tests) {
                reached.entry(edge.to).or_insert_with(|| {
                    waiting.push_back(edge.to);
                    Some(from)
                });
            }
        }
        reached
    }

    /// How a member comes to the package, as `member > … > package`.
    pub(crate) fn path_to(&self, package: usize) -> String {
        let mut came_from: HashMap<usize, usize> = HashMap::new();
        let mut waiting: VecDeque<usize> =
            (0..self.packages.len()).filter(|index| self.packages[*index].member).collect();
        let mut seen: Vec<bool> = self.packages.iter().map(|one| one.member).collect();
        while let Some(from) = waiting.pop_front() {
            for edge in self.edges.iter().filter(|edge| edge.from == from) {
                if !seen[edge.to] {
                    seen[edge.to] = true;
                    came_from.insert(edge.to, from);
                    waiting.push_back(edge.to);
                }
            }
        }
        let mut path = vec![self.packages[package].name.as_str()];
        let mut at = package;
        while let Some(from) = came_from.get(&at) {
            path.push(&self.packages[*from].name);
            at = *from;
        }
        path.reverse();
        path.join(" > ")
    }

    /// The index of the package, which is added and queued when it is new.
    fn place<'a>(
        &mut self,
        id: &'a str,
        packages: &HashMap<&str, &Value>,
        member: bool,
        indices: &mut HashMap<&'a str, usize>,
        waiting: &mut VecDeque<&'a str>,
    ) -> usize {
        *indices.entry(id).or_insert_with(|| {
            let package = packages.get(id).copied().unwrap_or(&Value::Null);
            let text = |key: &str| package[key].as_str().map(str::to_owned);
            self.packages.push(Package {
                name: text("name").unwrap_or_else(|| id.to_owned()),
                version: text("version").unwrap_or_default(),
                licence: text("license"),
                source: text("source"),
                member,
            });
            waiting.push_back(id);
            self.packages.len() - 1
        })
    }
}

fn by_id(values: Option<&Vec<Value>>) -> HashMap<&str, &Value> {
    let values = values.into_iter().flatten();
    values.filter_map(|value| Some((value["id"].as_str()?, value))).collect()
}

/// Whether the dependency is really used, and if so whether by tests alone.
fn enabled(
    package: &Value,
    node: &Value,
    dependency: &Value,
    packages: &HashMap<&str, &Value>,
) -> Option<bool> {
    let name = packages.get(dependency["pkg"].as_str()?)?["name"].as_str()?;
    let kinds: Vec<Option<&str>> =
        dependency["dep_kinds"].as_array()?.iter().map(|kind| kind["kind"].as_str()).collect();
    let declared = package["dependencies"].as_array()?.iter();
    let used: Vec<Option<&str>> = declared
        .filter(|declared| declared["name"] == name)
        .filter(|declared| kinds.contains(&declared["kind"].as_str()))
        .filter(|declared| {
            let optional = declared["optional"].as_bool().unwrap_or(false);
            let key = declared["rename"].as_str().unwrap_or(name);
            !optional || is_turned_on(key, package, node)
        })
        .map(|declared| declared["kind"].as_str())
        .collect();
    if used.is_empty() { None } else { Some(used.iter().all(|kind| *kind == Some("dev"))) }
}

/// Whether an enabled feature turns on the optional dependency.
fn is_turned_on(dependency: &str, package: &Value, node: &Value) -> bool {
    let plain = format!("dep:{dependency}");
    let with_feature = format!("{dependency}/");
    texts(&node["features"]).any(|feature| {
        texts(&package["features"][feature])
            .any(|enables| enables == plain || enables.starts_with(&with_feature))
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A graph from `member`, `outsider` and `a -> b` or, for tests alone, `a ~> b`;
    /// members start with `telemetry-` or are called `xtask`.
    pub(in crate::policy) fn graph(edges: &[&str]) -> Graph {
        let mut graph = Graph::default();
        for edge in edges {
            let (from, arrow, to) = match edge.split(' ').collect::<Vec<_>>()[..] {
                [from, arrow, to] => (from, arrow, to),
                _ => panic!("`{edge}` is no edge"),
            };
            let from = index(&mut graph, from);
            let to = index(&mut graph, to);
            graph.edges.push(Edge { from, to, only_in_tests: arrow == "~>" });
        }
        graph
    }

    fn index(graph: &mut Graph, name: &str) -> usize {
        let (name, version) = name.split_once('@').unwrap_or((name, "1.0.0"));
        let known = graph
            .packages
            .iter()
            .position(|package| package.name == name && package.version == version);
        known.unwrap_or_else(|| {
            let member = name.starts_with("telemetry-") || name == "xtask";
            graph.packages.push(Package {
                name: name.to_owned(),
                version: version.to_owned(),
                licence: Some("MIT OR Apache-2.0".to_owned()),
                source: (!member).then(|| "registry+index".to_owned()),
                member,
            });
            graph.packages.len() - 1
        })
    }

    fn metadata() -> Value {
        let metadata = r#"{
            "workspace_members": ["ours"],
            "packages": [
                {"id": "ours", "name": "ours", "version": "0.1.0", "license": "MIT", "source": null,
                 "features": {}, "dependencies": [
                    {"name": "sql", "kind": null, "optional": false, "rename": null},
                    {"name": "probe", "kind": "dev", "optional": false, "rename": null}]},
                {"id": "sql", "name": "sql", "version": "0.9.0", "license": null, "source": "registry+index",
                 "features": {"lite": ["dep:lite"], "json": ["my?/json"], "my": ["dep:my"]}, "dependencies": [
                    {"name": "lite", "kind": null, "optional": true, "rename": null},
                    {"name": "mysql", "kind": null, "optional": true, "rename": "my"}]},
                {"id": "lite", "name": "lite", "version": "1.0.0", "features": {}, "dependencies": []},
                {"id": "mysql", "name": "mysql", "version": "1.0.0", "features": {}, "dependencies": []},
                {"id": "probe", "name": "probe", "version": "1.0.0", "features": {}, "dependencies": []}
            ],
            "resolve": {"nodes": [
                {"id": "ours", "features": [], "deps": [
                    {"pkg": "sql", "dep_kinds": [{"kind": null}]},
                    {"pkg": "probe", "dep_kinds": [{"kind": "dev"}]}]},
                {"id": "sql", "features": ["lite", "json"], "deps": [
                    {"pkg": "lite", "dep_kinds": [{"kind": null}]},
                    {"pkg": "mysql", "dep_kinds": [{"kind": null}]}]},
                {"id": "lite", "features": [], "deps": []},
                {"id": "mysql", "features": [], "deps": []},
                {"id": "probe", "features": [], "deps": []}
            ]}
        }"#;
        serde_json::from_str(metadata).unwrap()
    }

    #[test]
    fn what_only_a_weak_feature_names_is_not_built() {
        let graph = Graph::from_metadata(&metadata()).unwrap();
        let names: Vec<&str> = graph.packages().iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["ours", "sql", "probe", "lite"]);
    }

    #[test]
    fn what_only_tests_use_is_marked() {
        let graph = Graph::from_metadata(&metadata()).unwrap();
        let edges: Vec<(&str, bool)> = graph
            .edges()
            .iter()
            .map(|edge| (graph.ends(*edge).1.name.as_str(), edge.only_in_tests))
            .collect();
        assert_eq!(edges, [("sql", false), ("probe", true), ("lite", false)]);
    }

    #[test]
    fn a_path_leads_from_a_member_to_the_package() {
        let graph = Graph::from_metadata(&metadata()).unwrap();
        assert_eq!(graph.path_to(3), "ours > sql > lite");
        assert_eq!(graph.path_to(0), "ours");
    }
}
