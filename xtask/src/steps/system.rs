//! The step `system`: what crosses crates and processes.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::executables::{Executable, Kind};
use crate::failure::Failure;
use crate::process;
use crate::steps::packages::programs as installed;
use crate::steps::programs::{self, SYSTEM as PACKAGE};
use crate::steps::{node, python};
use crate::workspace::{Layout, Workspace};

/// Runs the tests of programs that work together.
///
/// They get what they need by environment variables, whose names avoid `TELEMETRY_` because the services
/// they start are strict about those:
///
/// * `SYSTEM_TESTS_PYTHON`: an interpreter that can import `opentelemetry.proto`,
/// * `SYSTEM_TESTS_PROMETHEUS` and `SYSTEM_TESTS_PROMTOOL`: the programs,
/// * `SYSTEM_TESTS_POSTGRES`: the folder of PostgreSQL's programs,
/// * `SYSTEM_TESTS_MARIADBD`, `SYSTEM_TESTS_MARIADB_INSTALL_DB` and `SYSTEM_TESTS_REDIS_SERVER`: the
///   programs,
/// * `SYSTEM_TESTS_CURL` and `SYSTEM_TESTS_NODE`: the programs,
/// * `SYSTEM_TESTS_NODE_MODULES`: the directory of the packages from npm,
/// * `SYSTEM_TESTS_BINARIES`: the directory of the demo's programs.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let layout = workspace.layout()?;
    let foreign = foreign(&layout)?;
    let built = programs::all(workspace)?;
    let tests: Vec<&Executable> =
        built.iter().filter(|one| programs::is_test_of(one, PACKAGE, &layout)).collect();
    let demo = built
        .iter()
        .find(|one| one.kind == Kind::Binary && one.name == "demo")
        .ok_or_else(|| Failure::new("the workspace has no binary `demo`"))?;
    if tests.is_empty() {
        return Err(Failure::new(format!("{PACKAGE} has no integration tests")));
    }
    for test in tests {
        let mut run = Command::new(&test.path);
        run.current_dir(&test.package)
            .env("CARGO_MANIFEST_DIR", &test.package)
            .envs(foreign.iter().map(|(variable, path)| (variable, path)));
        if let Some(binaries) = demo.path.parent() {
            run.env("SYSTEM_TESTS_BINARIES", binaries);
        }
        if env::var_os("RUST_BACKTRACE").is_none() {
            run.env("RUST_BACKTRACE", "1");
        }
        process::run(process::isolate(&mut run))?;
    }
    Ok(())
}

/// The programs that are not ours, by the variables that tell the tests where they are.
fn foreign(layout: &Layout) -> Result<Vec<(&'static str, PathBuf)>, Failure> {
    let python = python::interpreter(&layout.target);
    if !python.is_file() {
        return Err(Failure::new(
            "the Python environment is not made yet: run the step `python` first",
        ));
    }
    let node_modules = node::modules(&layout.target);
    if !node_modules.is_dir() {
        return Err(Failure::new(
            "the Node environment is not made yet: run the step `node` first",
        ));
    }
    let programs = [
        ("SYSTEM_TESTS_CURL", "curl", process::find_program("curl")),
        ("SYSTEM_TESTS_NODE", "node", node::interpreter()),
        ("SYSTEM_TESTS_PROMETHEUS", "prometheus", process::find_program("prometheus")),
        ("SYSTEM_TESTS_PROMTOOL", "promtool", process::find_program("promtool")),
        ("SYSTEM_TESTS_POSTGRES", "postgres", installed::postgres()),
        ("SYSTEM_TESTS_MARIADBD", "mariadbd", installed::mariadbd()),
        ("SYSTEM_TESTS_MARIADB_INSTALL_DB", "mariadb-install-db", installed::mariadb_install_db()),
        ("SYSTEM_TESTS_REDIS_SERVER", "redis-server", installed::redis_server()),
    ];
    let mut found =
        vec![("SYSTEM_TESTS_PYTHON", python), ("SYSTEM_TESTS_NODE_MODULES", node_modules)];
    for (variable, name, path) in programs {
        let path = path.ok_or_else(|| {
            Failure::new(format!("there is no {name}: the step `packages` says how to get it"))
        })?;
        found.push((variable, path));
    }
    Ok(found)
}
