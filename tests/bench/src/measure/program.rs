//! [`Program`]: what a side's process runs.

use std::env;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use super::Measured;
use crate::allocator::Allocator;
use crate::case::Case;
use crate::failure::Failure;

/// A program that can be a side.
#[derive(Debug)]
pub(crate) struct Program {
    /// The allocator that it has.
    pub(crate) allocator: Allocator,
    path: PathBuf,
}

impl Program {
    /// Beginnings of the variables that a side isn't given.
    const SETTINGS: [&str; 5] = ["OTEL_", "TELEMETRY_", "RUST_LOG", "HTTP_PROXY", "ALL_PROXY"];

    /// This program and, when it has the system's allocator, the one beside it with the other.
    pub(crate) fn of_each_allocator(own: Allocator) -> Result<Vec<Self>, Failure> {
        let path = env::current_exe()?;
        let mut programs = Vec::new();
        if own == Allocator::System {
            let name = Allocator::Mimalloc.program();
            let other = path.with_file_name(format!("{name}{}", env::consts::EXE_SUFFIX));
            if other.is_file() {
                programs.push(Self { allocator: Allocator::Mimalloc, path: other });
            } else {
                eprintln!("{} isn't there: no @mimalloc rows", other.display());
            }
        }
        programs.insert(0, Self { allocator: own, path });
        Ok(programs)
    }

    /// Runs a side in a process of its own.
    pub(super) fn run(&self, case: &Case, side: &str) -> Result<Measured, Failure> {
        let mut command = Command::new(&self.path);
        command.args(["side", &case.path(), side]);
        // Settings of the shell would change one side and not the other.
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy().to_ascii_uppercase();
            if Self::SETTINGS.iter().any(|setting| text.starts_with(setting)) {
                command.env_remove(&name);
            }
        }
        let failed = |reason: String| format!("{} {side}: {reason}", case.path());
        let output = command
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .map_err(|error| failed(error.to_string()))?;
        if !output.status.success() {
            return Err(failed(output.status.to_string()).into());
        }
        let measured = serde_json::from_slice(&output.stdout);
        Ok(measured.map_err(|error| failed(error.to_string()))?)
    }
}
