//! [`Executable`]: what a build produced, as cargo itself reports it.

use std::io::{IsTerminal, stderr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use serde_json::Value;

use crate::failure::Failure;
use crate::process;
use crate::workspace::texts;

/// A program that cargo built.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Executable {
    /// The directory of its package.
    pub(crate) package: PathBuf,
    /// The name of its target.
    pub(crate) name: String,
    /// What it is.
    pub(crate) kind: Kind,
    /// Whether it runs tests.
    pub(crate) is_test: bool,
    /// Where it is.
    pub(crate) path: PathBuf,
}

/// What an executable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A program that the package offers.
    Binary,
    /// The tests of one file or folder in the package's `tests`.
    IntegrationTest,
    /// Anything else: unit tests, examples, benchmarks.
    Other,
}

/// Builds by the given cargo command and lists the executables.
///
/// Cargo's own progress is shown where somebody watches, and is silent otherwise.
pub(crate) fn build(command: &mut Command) -> Result<Vec<Executable>, Failure> {
    command.args(["--message-format", "json-render-diagnostics"]);
    if !stderr().is_terminal() {
        command.arg("--quiet");
    }
    let printed = process::read(command)?;
    let lines = printed.split(|byte| *byte == b'\n');
    Ok(lines.filter_map(executable).collect())
}

/// Builds one program, saying what, where and how long, and gives its path.
pub(crate) fn build_program(
    command: &mut Command,
    name: &str,
    announcement: &str,
) -> Result<PathBuf, Failure> {
    eprintln!("{announcement}");
    let started = Instant::now();
    let built = build(command)?;
    eprintln!("Built in {:.1} s.", started.elapsed().as_secs_f64());
    built
        .into_iter()
        .find(|executable| executable.kind == Kind::Binary && executable.name == name)
        .map(|executable| executable.path)
        .ok_or_else(|| Failure::new(format!("the package has no binary `{name}`")))
}

/// The executable that one line of cargo's messages announces, if it does.
fn executable(line: &[u8]) -> Option<Executable> {
    let message: Value = serde_json::from_slice(line).ok()?;
    let path = message["executable"].as_str()?;
    let target = &message["target"];
    let manifest = Path::new(message["manifest_path"].as_str()?);
    let tests = message["profile"]["test"].as_bool().unwrap_or(false);
    let mut kinds = texts(&target["kind"]);
    let kind = match (kinds.next()?, tests) {
        ("bin", false) => Kind::Binary,
        ("test", true) => Kind::IntegrationTest,
        _ => Kind::Other,
    };
    Some(Executable {
        package: manifest.parent()?.to_path_buf(),
        name: target["name"].as_str()?.to_owned(),
        kind,
        is_test: tests,
        path: PathBuf::from(path),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(kind: &str, test: bool) -> Option<Kind> {
        let line = format!(
            r#"{{"reason":"compiler-artifact","manifest_path":"/w/a/Cargo.toml",
                "target":{{"kind":["{kind}"],"name":"it"}},"profile":{{"test":{test}}},
                "executable":"/t/debug/it"}}"#
        );
        executable(line.as_bytes()).map(|executable| executable.kind)
    }

    #[test]
    fn a_binary_is_told_from_its_own_unit_tests() {
        assert_eq!(kind_of("bin", false), Some(Kind::Binary));
        assert_eq!(kind_of("bin", true), Some(Kind::Other));
        assert_eq!(kind_of("test", true), Some(Kind::IntegrationTest));
        assert_eq!(kind_of("example", false), Some(Kind::Other));
    }

    #[test]
    fn lines_about_other_things_are_passed_over() {
        let lines = [
            r#"{"reason":"build-finished","success":true}"#,
            r#"{"reason":"compiler-artifact","target":{"kind":["lib"]},"executable":null}"#,
            "",
        ];
        assert!(lines.iter().all(|line| executable(line.as_bytes()).is_none()));
    }
}
