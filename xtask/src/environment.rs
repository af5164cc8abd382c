//! [`Environment`]: a virtual environment of Python below the target directory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::Failure;
use crate::process;
use crate::workspace::Workspace;

/// A virtual environment of Python below the target directory.
#[derive(Debug)]
pub(crate) struct Environment {
    /// Its folder below the target directory.
    pub(crate) folder: &'static str,
    /// A file of requirements at exact versions, from the root.
    pub(crate) requirements: &'static str,
    /// A wheel that is installed without its dependencies: `name==version`.
    pub(crate) alone: Option<String>,
    /// What it must be able to run.
    pub(crate) probe: &'static str,
}

impl Environment {
    /// The environment's interpreter.
    pub(crate) fn interpreter(&self, target: &Path) -> PathBuf {
        let (folder, file) =
            if cfg!(windows) { ("Scripts", "python.exe") } else { ("bin", "python") };
        target.join(self.folder).join(folder).join(file)
    }

    /// Makes the environment, unless it already holds exactly what is required.
    pub(crate) fn make(&self, workspace: &Workspace) -> Result<PathBuf, Failure> {
        let requirements = workspace.path(self.requirements);
        let text = fs::read_to_string(&requirements).map_err(|error| {
            Failure::new(format!("{} cannot be read: {error}", self.requirements))
        })?;
        let wanted = text + self.alone.as_deref().unwrap_or_default();
        let target = workspace.layout()?.target;
        let interpreter = self.interpreter(&target);
        // Written last, so that an interrupted installation is never taken for a whole one.
        let stamp = target.join(self.folder).join("installed-requirements.txt");
        let installed = fs::read_to_string(&stamp).ok();
        if installed.as_ref() == Some(&wanted) && process::succeeds(&mut self.probe(&interpreter)) {
            println!("{} is up to date", target.join(self.folder).display());
            return Ok(interpreter);
        }
        create(&target.join(self.folder))?;
        process::run(pip(&interpreter, "install").arg("--requirement").arg(&requirements))?;
        if let Some(alone) = &self.alone {
            process::run(pip(&interpreter, "install").args(["--no-deps", alone]))?;
        }
        process::run(&mut self.probe(&interpreter))?;
        fs::write(&stamp, wanted).map_err(|error| {
            Failure::new(format!("{} cannot be written: {error}", stamp.display()))
        })?;
        Ok(interpreter)
    }

    fn probe(&self, interpreter: &Path) -> Command {
        let mut probe = Command::new(interpreter);
        probe.args(["-c", self.probe]).env("LITELLM_LOCAL_MODEL_COST_MAP", "True");
        probe
    }
}

/// The interpreter that environments are made with.
pub(crate) fn system_interpreter() -> Option<PathBuf> {
    process::find_program("python3").or_else(|| process::find_program("python"))
}

/// An empty environment.
pub(crate) fn create(folder: &Path) -> Result<(), Failure> {
    let python = system_interpreter()
        .ok_or_else(|| Failure::new("there is no python3 on the search path"))?;
    process::run(Command::new(python).args(["-m", "venv", "--clear"]).arg(folder))
}

/// A command of the environment's pip.
pub(crate) fn pip(interpreter: &Path, subcommand: &str) -> Command {
    let mut pip = Command::new(interpreter);
    pip.args(["-m", "pip", subcommand, "--quiet", "--disable-pip-version-check"]);
    pip
}
