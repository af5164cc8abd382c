//! The step `python`: the environment that holds the foreign decoder of OTLP.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::process;
use crate::workspace::Workspace;

/// What is installed, at exact versions.
const REQUIREMENTS: &str = "tests/support-python/requirements.txt";

/// The environment's interpreter, below the target directory.
pub(super) fn interpreter(target: &Path) -> PathBuf {
    let (folder, file) = if cfg!(windows) { ("Scripts", "python.exe") } else { ("bin", "python") };
    target.join("python").join(folder).join(file)
}

/// The interpreter that environments are made with.
pub(super) fn system_interpreter() -> Option<PathBuf> {
    process::find_program("python3").or_else(|| process::find_program("python"))
}

/// Makes the environment, unless it already holds exactly what is required.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let requirements = workspace.path(REQUIREMENTS);
    let wanted = fs::read_to_string(&requirements)
        .map_err(|error| Failure::new(format!("{REQUIREMENTS} cannot be read: {error}")))?;
    let target = workspace.layout()?.target;
    let interpreter = interpreter(&target);
    // Written last, so that an interrupted installation is never taken for a whole one.
    let stamp = target.join("python").join("installed-requirements.txt");
    let installed = fs::read_to_string(&stamp).ok();
    if installed.as_ref() == Some(&wanted) && process::succeeds(&mut probe(&interpreter)) {
        println!("{} is up to date", target.join("python").display());
        return Ok(());
    }
    let python = system_interpreter()
        .ok_or_else(|| Failure::new("there is no python3 on the search path"))?;
    let mut make = Command::new(python);
    make.args(["-m", "venv", "--clear"]).arg(target.join("python"));
    process::run(&mut make)?;
    let mut install = Command::new(&interpreter);
    install
        .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
        .arg(&requirements);
    process::run(&mut install)?;
    process::run(&mut probe(&interpreter))?;
    fs::write(&stamp, wanted)
        .map_err(|error| Failure::new(format!("{} cannot be written: {error}", stamp.display())))
}

/// Loads what the decoder is built on.
fn probe(interpreter: &Path) -> Command {
    let mut probe = Command::new(interpreter);
    probe.args(["-c", "import opentelemetry.proto.collector.trace.v1.trace_service_pb2"]);
    probe
}
