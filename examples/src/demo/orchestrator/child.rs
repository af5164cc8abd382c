//! [`Child`]: one of the demo's programs, started here.

use std::env;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{ChildStdin, Command};
use tokio::sync::mpsc;

use crate::demo::command_line::Problem;
use crate::demo::process::READY;

/// How long a program may take to listen, and to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the children's complaints go.
pub(super) type Complaints = mpsc::UnboundedSender<String>;

/// A running program. Closing its standard input asks it to end; dropping this kills it.
#[derive(Debug)]
pub(super) struct Child {
    name: &'static str,
    process: tokio::process::Child,
    input: Option<ChildStdin>,
    output: mpsc::UnboundedReceiver<String>,
}

impl Child {
    /// Starts the program of this name, which lies beside this one.
    pub(super) fn start(
        name: &'static str,
        arguments: &[String],
        environment: &[(&str, String)],
        complaints: &Complaints,
    ) -> Result<Self, Problem> {
        let mut path = env::current_exe().map_err(Problem::failed)?;
        path.set_file_name(format!("{name}{}", env::consts::EXE_SUFFIX));
        let mut command = Command::new(&path);
        command
            .args(arguments)
            .arg("--attached")
            .envs(environment.iter().map(|(key, value)| (key, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        alone(&mut command);
        let mut process = command.spawn().map_err(|error| {
            let built = "all of them are built by `cargo build -p telemetry-examples --bins`";
            Problem::failed(format!("{} can't be started ({error}); {built}", path.display()))
        })?;
        let (lines, output) = mpsc::unbounded_channel();
        if let Some(standard_output) = process.stdout.take() {
            tokio::spawn(pass_on(standard_output, lines));
        }
        if let Some(standard_error) = process.stderr.take() {
            tokio::spawn(pass_on(standard_error, complaints.clone()));
        }
        Ok(Self { name, input: process.stdin.take(), process, output })
    }

    /// The address at which it listens, once it does.
    pub(super) async fn ready(&mut self) -> Result<String, Problem> {
        match tokio::time::timeout(PATIENCE, self.line()).await {
            Ok(Some(line)) => match line.strip_prefix(READY) {
                Some(address) => Ok(format!("http://{address}")),
                None => Err(Problem::failed(format!("{} said '{line}'", self.name))),
            },
            // It has said why on standard error, which is shown.
            Ok(None) => Err(Problem::Told),
            Err(_) => Err(Problem::failed(format!("{} takes too long to start", self.name))),
        }
    }

    /// The next line that it prints; none when it has ended.
    pub(super) async fn line(&mut self) -> Option<String> {
        self.output.recv().await
    }

    /// Asks it to end in good order.
    pub(super) fn ask_to_end(&mut self) {
        self.input = None;
    }

    /// Whether it has been asked.
    pub(super) fn is_asked_to_end(&self) -> bool {
        self.input.is_none()
    }

    /// Waits for its end.
    pub(super) async fn ended(&mut self) -> Result<ExitStatus, Problem> {
        match tokio::time::timeout(PATIENCE, self.process.wait()).await {
            Ok(status) => status.map_err(Problem::failed),
            Err(_) => Err(Problem::failed(format!("{} doesn't end", self.name))),
        }
    }
}

async fn pass_on(from: impl AsyncRead + Unpin, to: mpsc::UnboundedSender<String>) {
    let mut lines = BufReader::new(from).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        if to.send(line).is_err() {
            return;
        }
    }
}

/// Keeps the terminal's Ctrl-C from the child: it ends when its turn has come.
#[cfg(unix)]
fn alone(command: &mut Command) {
    command.process_group(0);
}

/// Keeps the console's Ctrl-C from the child: it ends when its turn has come.
#[cfg(windows)]
fn alone(command: &mut Command) {
    const CREATE_NEW_PROCESS_GROUP: u32 = 0x200;
    command.creation_flags(CREATE_NEW_PROCESS_GROUP);
}

#[cfg(not(any(unix, windows)))]
fn alone(_: &mut Command) {}
