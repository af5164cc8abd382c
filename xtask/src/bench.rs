//! `cargo xtask bench`: builds the benchmarks and becomes them.

use std::ffi::OsString;
use std::process::{Command, ExitCode};

use crate::executables;
use crate::failure::Failure;
use crate::process;
use crate::steps::oracle;
use crate::workspace::Workspace;

/// The benchmarks' manifest: a workspace of its own, since the peers are heavy.
pub(crate) const MANIFEST: &str = "tests/bench/Cargo.toml";

/// Builds the benchmarks in the release profile and becomes them.
pub(crate) fn run(workspace: &Workspace, arguments: &[OsString]) -> Result<ExitCode, Failure> {
    let manifest = workspace.path(MANIFEST);
    if !manifest.is_file() {
        return Err(Failure::new(format!("there is no {MANIFEST} to build")));
    }
    let target = workspace.layout()?.target.join("bench");
    let mut build = workspace.cargo("build");
    build.arg("--release").arg("--manifest-path").arg(manifest).env("CARGO_TARGET_DIR", target);
    let program = executables::build_program(
        &mut build,
        "telemetry-bench",
        "Building the benchmarks and their peers (release profile): minutes the first time.",
    )?;
    let mut bench = Command::new(program);
    bench.args(arguments);
    // What the shell says about telemetry would change one side or the other.
    process::isolate(&mut bench);
    if asks_litellm(arguments) {
        match oracle::python(workspace) {
            Ok(python) => _ = bench.env(LITELLM_PYTHON, python),
            Err(error) => eprintln!("`ai/price` cannot run, since litellm is not there: {error}"),
        }
    }
    process::become_program(&mut bench)
}

/// Where the benchmarks look for litellm.
const LITELLM_PYTHON: &str = "BENCH_LITELLM_PYTHON";

/// Whether the arguments select a case that litellm is a peer in.
fn asks_litellm(arguments: &[OsString]) -> bool {
    let mut words = arguments.iter().filter_map(|word| word.to_str());
    let mut selected = Vec::new();
    while let Some(word) = words.next() {
        match word {
            "--help" | "-h" => return false,
            "--json" | "--rounds" => _ = words.next(),
            _ if word.starts_with('-') => {}
            _ => selected.extend(word.split('/')),
        }
    }
    match selected[..] {
        [] => true,
        [area] => area == "ai",
        [area, case, ..] => area == "ai" && "price".contains(case),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn litellm_is_installed_only_for_the_case_that_asks_it() {
        for (line, asks) in [
            ("", true),
            ("ai", true),
            ("--json rows.json ai/price", true),
            ("ai pri", true),
            ("--rounds 3 ai/call_4k", false),
            ("core", false),
            ("side ai/call_4k ours", false),
            ("--help", false),
        ] {
            let arguments: Vec<_> = line.split_whitespace().map(OsString::from).collect();
            assert_eq!(asks_litellm(&arguments), asks, "{line}");
        }
    }
}
