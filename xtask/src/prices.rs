//! `cargo xtask prices`: reads the built-in prices again from the published wheels.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::environment;
use crate::failure::Failure;
use crate::process;
use crate::workspace::Workspace;

/// The versions of the wheels.
const WHEELS: &str = "telemetry-ai/tools/wheels.txt";
const SCRIPT: &str = "telemetry-ai/tools/prices/write.py";
const ORACLE: &str = "telemetry-ai/tools/oracle/oracle.py telemetry-ai/tests/it/data/oracle.jsonl";
const TABLE: &str = "telemetry-ai/src/price/table.txt";

/// Which versions to read; without one, that of [`WHEELS`].
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Versions {
    pub(crate) litellm: Option<String>,
    pub(crate) genai_prices: Option<String>,
}

/// Downloads the wheels, which are opened as archives and never installed or run, writes the table
/// and prints what changed.
pub(crate) fn run(workspace: &Workspace, versions: &Versions) -> Result<ExitCode, Failure> {
    let folder = workspace.layout()?.target.join("prices");
    environment::create(&folder)?;
    let (scripts, file) = if cfg!(windows) { ("Scripts", "python.exe") } else { ("bin", "python") };
    let python = folder.join(scripts).join(file);
    let mut wheels = Vec::new();
    let mut pins = Vec::new();
    for (name, version) in
        [("litellm", &versions.litellm), ("genai-prices", &versions.genai_prices)]
    {
        let pin = match version {
            Some(version) => format!("{name}=={version}"),
            None => pinned(workspace, name)?,
        };
        wheels.push(download(&python, &folder.join("wheels"), name, &pin)?);
        pins.push(pin);
    }
    let mut write = Command::new(&python);
    write.arg(workspace.path(SCRIPT)).args(&wheels).arg(today(&python)?);
    process::run(write.arg(workspace.path(TABLE)).env("PYTHONDONTWRITEBYTECODE", "1"))?;
    repin(workspace, &pins)?;
    println!("Now ask litellm again for what it charges: python {ORACLE}");
    Ok(ExitCode::SUCCESS)
}

/// The pinned version of a wheel, `name==version`.
pub(crate) fn pinned(workspace: &Workspace, name: &str) -> Result<String, Failure> {
    let text = fs::read_to_string(workspace.path(WHEELS))
        .map_err(|error| Failure::new(format!("{WHEELS} cannot be read: {error}")))?;
    let pin = text.lines().find(|line| line.split("==").next() == Some(name));
    pin.map(str::to_owned)
        .ok_or_else(|| Failure::new(format!("{WHEELS} names no version of {name}")))
}

fn download(python: &Path, into: &Path, name: &str, pin: &str) -> Result<PathBuf, Failure> {
    let folder = into.join(pin.replace("==", "-"));
    let mut download = environment::pip(python, "download");
    download.args(["--no-deps", "--only-binary", ":all:", "--dest"]).arg(&folder).arg(pin);
    process::run(&mut download)?;
    let found =
        fs::read_dir(&folder).ok().into_iter().flatten().flatten().map(|entry| entry.path());
    let mut wheels = found.filter(|path| path.extension().is_some_and(|kind| kind == "whl"));
    wheels
        .next()
        .ok_or_else(|| Failure::new(format!("there is no wheel of {name} in {}", folder.display())))
}

/// The day in UTC.
fn today(python: &Path) -> Result<String, Failure> {
    let mut ask = Command::new(python);
    ask.args(["-c", "import datetime as d; print(d.datetime.now(d.timezone.utc).date())"]);
    Ok(String::from_utf8_lossy(&process::read(&mut ask)?).trim().to_owned())
}

fn repin(workspace: &Workspace, pins: &[String]) -> Result<(), Failure> {
    let path = workspace.path(WHEELS);
    let text = fs::read_to_string(&path).unwrap_or_default();
    let kept: Vec<&str> = text.lines().filter(|line| line.starts_with('#')).collect();
    let text = [kept.join("\n"), pins.join("\n"), String::new()].join("\n");
    fs::write(&path, text)
        .map_err(|error| Failure::new(format!("{WHEELS} cannot be written: {error}")))
}
