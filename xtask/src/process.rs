//! How other programs are run: shown, awaited, read, or become.

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, ExitCode, ExitStatus, Stdio};

use serde_json::Value;

use crate::failure::Failure;

/// Shows the command and runs it to its end, its output going where ours goes.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    println!("$ {}", shown(command));
    let status = command.status().map_err(|error| unstarted(command, &error))?;
    succeeded(command, status)
}

/// Runs the command and reads what it prints; its complaints go where ours go.
pub(crate) fn read(command: &mut Command) -> Result<Vec<u8>, Failure> {
    let output =
        command.stderr(Stdio::inherit()).output().map_err(|error| unstarted(command, &error))?;
    succeeded(command, output.status)?;
    Ok(output.stdout)
}

/// Runs the command and reads what it prints as JSON.
pub(crate) fn json(command: &mut Command) -> Result<Value, Failure> {
    let printed = read(command)?;
    serde_json::from_slice(&printed)
        .map_err(|error| Failure::new(format!("`{}` printed no JSON: {error}", shown(command))))
}

/// Whether the command can be started and succeeds; what it prints is discarded.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// Becomes the program, so that signals and the exit code are its own.
///
/// # Errors
///
/// Returns only if the program cannot be started, or where a process cannot become
/// another one (Windows), with the exit code after waiting.
#[cfg(unix)]
pub(crate) fn become_program(command: &mut Command) -> Result<ExitCode, Failure> {
    use std::os::unix::process::CommandExt;
    let error = command.exec();
    Err(unstarted(command, &error))
}

/// Runs the program and passes on its exit code; Ctrl-C reaches it through the console.
#[cfg(not(unix))]
pub(crate) fn become_program(command: &mut Command) -> Result<ExitCode, Failure> {
    let status = command.status().map_err(|error| unstarted(command, &error))?;
    let code = status.code().and_then(|code| u8::try_from(code).ok());
    Ok(code.map_or(ExitCode::FAILURE, ExitCode::from))
}

/// Frees the command from what the user's shell says about telemetry and proxies, so
/// that a test means the same everywhere and stays on the loopback.
pub(crate) fn isolate(command: &mut Command) -> &mut Command {
    for (name, _) in env::vars_os() {
        if is_telemetry_setting(&name) {
            command.env_remove(name);
        }
    }
    for name in ["NO_PROXY", "no_proxy"] {
        command.env(name, "127.0.0.1,localhost,::1");
    }
    command
}

fn is_telemetry_setting(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| name.starts_with("OTEL_") || name.starts_with("TELEMETRY_"))
}

/// The program of that name on the search path.
pub(crate) fn find_program(name: &str) -> Option<PathBuf> {
    let file = format!("{name}{}", env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|directory| directory.join(&file))
        .find(|candidate| candidate.is_file())
}

/// The command as one could type it, without quoting.
fn shown(command: &Command) -> String {
    let mut line = file_name(command);
    for argument in command.get_args() {
        line.push(' ');
        line.push_str(&argument.to_string_lossy());
    }
    line
}

/// The program without the directories that lead to it.
fn file_name(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let name = program.file_name().unwrap_or(program.as_os_str());
    name.to_string_lossy().into_owned()
}

fn succeeded(command: &Command, status: ExitStatus) -> Result<(), Failure> {
    if status.success() {
        Ok(())
    } else {
        let command = shown(command);
        Err(Failure::new(format!("`{command}` ended with {status}")))
    }
}

fn unstarted(command: &Command, error: &std::io::Error) -> Failure {
    let command = shown(command);
    Failure::new(format!("`{command}` could not be started: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_as_it_is_typed() {
        let mut command = Command::new("/usr/bin/cargo");
        command.args(["fmt", "--all"]);
        assert_eq!(shown(&command), "cargo fmt --all");
    }

    #[test]
    fn only_telemetry_settings_are_taken_away() {
        let taken = ["OTEL_SERVICE_NAME", "TELEMETRY_STRICT"];
        let left = ["PATH", "CARGO_TARGET_DIR", "MY_OTEL_THING"];
        assert!(taken.iter().all(|name| is_telemetry_setting(OsStr::new(name))));
        assert!(!left.iter().any(|name| is_telemetry_setting(OsStr::new(name))));
    }

    #[test]
    #[cfg(unix)]
    fn a_program_that_fails_is_named() {
        let failure = read(&mut Command::new("false")).unwrap_err().to_string();
        assert!(failure.starts_with("`false` ended with "), "{failure}");
    }
}
