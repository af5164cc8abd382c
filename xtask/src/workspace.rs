//! [`Workspace`]: where the workspace lies and what cargo says of its members.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::failure::Failure;
use crate::process;

/// Where the workspace lies, and the cargo that runs this command.
#[derive(Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
    cargo: OsString,
}

impl Workspace {
    /// Finds the workspace that this command belongs to, whatever the working directory.
    pub(crate) fn locate() -> Self {
        // cargo sets the variable for what it runs; a binary started by hand has the
        // directory that it was compiled in.
        let package = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        Self {
            root: package.parent().unwrap_or(&package).to_path_buf(),
            cargo: env::var_os("CARGO").unwrap_or_else(|| OsString::from("cargo")),
        }
    }

    /// A path below the root.
    pub(crate) fn path(&self, below: impl AsRef<Path>) -> PathBuf {
        self.root.join(below)
    }

    /// A cargo command that will run in the root.
    pub(crate) fn cargo(&self, subcommand: &str) -> Command {
        let mut command = Command::new(&self.cargo);
        command.arg(subcommand).current_dir(&self.root);
        command
    }

    /// Asks cargo for the members and the target directory.
    pub(crate) fn layout(&self) -> Result<Layout, Failure> {
        let mut command = self.cargo("metadata");
        command.args(["--no-deps", "--format-version", "1"]);
        let metadata = process::json(&mut command)?;
        Layout::from_metadata(&metadata)
    }
}

/// The members of the workspace and the directory that they are built into.
#[derive(Debug)]
pub(crate) struct Layout {
    /// The directory that cargo builds into.
    pub(crate) target: PathBuf,
    /// The members, in cargo's order.
    pub(crate) members: Vec<Member>,
}

impl Layout {
    fn from_metadata(metadata: &Value) -> Result<Self, Failure> {
        let target = metadata["target_directory"]
            .as_str()
            .ok_or_else(|| Failure::new("cargo metadata names no target directory"))?;
        let packages = metadata["packages"].as_array();
        Ok(Self {
            target: PathBuf::from(target),
            members: packages.into_iter().flatten().map(Member::from_metadata).collect(),
        })
    }

    /// The directory of a member.
    pub(crate) fn directory_of(&self, member: &str) -> Option<&Path> {
        let member = self.members.iter().find(|one| one.name == member)?;
        Some(&member.directory)
    }
}

/// One package of the workspace.
#[derive(Debug)]
pub(crate) struct Member {
    /// The package's name.
    pub(crate) name: String,
    /// Its directory.
    pub(crate) directory: PathBuf,
    /// Its features and what each turns on.
    pub(crate) features: BTreeMap<String, Vec<String>>,
    /// Whether users depend on it: it is published and has a library.
    pub(crate) library: bool,
}

impl Member {
    fn from_metadata(package: &Value) -> Self {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap_or_default());
        let targets = package["targets"].as_array();
        let has_library = targets
            .into_iter()
            .flatten()
            .any(|target| texts(&target["kind"]).any(|kind| kind == "lib" || kind == "proc-macro"));
        // `publish = false` reads as an empty list of registries.
        let private = package["publish"].as_array().is_some_and(Vec::is_empty);
        let features = package["features"].as_object();
        Self {
            name: package["name"].as_str().unwrap_or_default().to_owned(),
            directory: manifest.parent().unwrap_or(manifest).to_path_buf(),
            features: features
                .into_iter()
                .flatten()
                .map(|(name, enables)| (name.clone(), texts(enables).map(str::to_owned).collect()))
                .collect(),
            library: has_library && !private,
        }
    }

    /// Whether the default features turn anything on.
    pub(crate) fn has_defaults(&self) -> bool {
        self.features.get("default").is_some_and(|enables| !enables.is_empty())
    }
}

/// The texts in a JSON array; none if it is something else.
pub(crate) fn texts(array: &Value) -> impl Iterator<Item = &str> {
    array.as_array().into_iter().flatten().filter_map(Value::as_str)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout() -> Layout {
        let metadata = r#"{
            "target_directory": "/somewhere/target",
            "packages": [
                {"name": "library", "manifest_path": "/w/library/Cargo.toml", "publish": null,
                 "targets": [{"kind": ["lib"]}],
                 "features": {"default": ["axum"], "axum": ["dep:axum"]}},
                {"name": "proofs", "manifest_path": "/w/proofs/Cargo.toml", "publish": [],
                 "targets": [{"kind": ["lib"]}, {"kind": ["test"]}],
                 "features": {"system": [], "other": []}}
            ]
        }"#;
        Layout::from_metadata(&serde_json::from_str(metadata).unwrap()).unwrap()
    }

    #[test]
    fn what_is_not_published_is_no_library() {
        let libraries: Vec<bool> = layout().members.iter().map(|m| m.library).collect();
        assert_eq!(libraries, [true, false]);
    }

    #[test]
    fn members_are_found_by_name() {
        assert!(layout().directory_of("proofs").is_some_and(|found| found.ends_with("proofs")));
        assert_eq!(layout().directory_of("unknown"), None);
    }

    #[test]
    fn empty_defaults_are_no_defaults() {
        let defaults: Vec<bool> = layout().members.iter().map(Member::has_defaults).collect();
        assert_eq!(defaults, [true, false]);
    }
}
