//! Where the programs are, as `cargo xtask test` says it by environment variables.

use std::env;
use std::path::PathBuf;
use std::process::Command;

/// One of the workspace's programs, such as `demo-service`.
pub fn program(name: &str) -> PathBuf {
    let path = variable("SYSTEM_TESTS_BINARIES").join(format!("{name}{}", env::consts::EXE_SUFFIX));
    assert!(path.is_file(), "{} is not built", path.display());
    path
}

/// Prometheus' tool for looking at metrics.
pub fn promtool() -> Command {
    Command::new(variable("SYSTEM_TESTS_PROMTOOL"))
}

/// The server of Prometheus.
pub(crate) fn prometheus() -> Command {
    Command::new(variable("SYSTEM_TESTS_PROMETHEUS"))
}

/// A Python that has OpenTelemetry's classes.
pub(crate) fn python() -> Command {
    Command::new(variable("SYSTEM_TESTS_PYTHON"))
}

/// The same, for a script below `support-python`.
pub fn python_script(name: &str) -> Command {
    let mut command = python();
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/support-python").to_owned() + "/" + name);
    command
}

/// Node, for a script below `support-node`, with the packages from npm.
pub fn node_script(name: &str) -> Command {
    let mut command = Command::new(variable("SYSTEM_TESTS_NODE"));
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/support-node").to_owned() + "/" + name);
    command.env("NODE_PATH", variable("SYSTEM_TESTS_NODE_MODULES"));
    command
}

/// curl.
pub fn curl() -> Command {
    Command::new(variable("SYSTEM_TESTS_CURL"))
}

fn variable(name: &str) -> PathBuf {
    let value = env::var_os(name);
    value.map(PathBuf::from).unwrap_or_else(|| {
        panic!("{name} is not set: start these tests by `cargo xtask test --only system`")
    })
}
