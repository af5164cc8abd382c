//! [`Program`]: one of the package's programs, running.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// Nothing here takes longer unless it hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// A running program; killed when dropped.
#[derive(Debug)]
pub(crate) struct Program {
    child: Child,
    pub(crate) input: Option<ChildStdin>,
    output: Receiver<String>,
    errors: Receiver<String>,
}

/// What a program left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// The lines of standard output that were not taken before.
    pub(crate) output: Vec<String>,
    pub(crate) errors: Vec<String>,
}

/// The command for a program of this package, free from what the shell says about telemetry.
pub(crate) fn command(path: &str) -> Command {
    let mut command = Command::new(path);
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("OTEL_") || name.starts_with("TELEMETRY_"))
        {
            command.env_remove(name);
        }
    }
    command.env_remove("RUST_LOG");
    command
}

impl Program {
    /// Starts the program at `path`.
    pub(crate) fn start(path: &str, arguments: &[&str]) -> Self {
        Self::of(command(path).args(arguments))
    }

    /// Starts a command.
    pub(crate) fn of(command: &mut Command) -> Self {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        Self {
            input: child.stdin.take(),
            output: lines(child.stdout.take().unwrap()),
            errors: lines(child.stderr.take().unwrap()),
            child,
        }
    }

    /// The next line of its output.
    #[track_caller]
    pub(crate) fn line(&self) -> String {
        let line = self.output.recv_timeout(PATIENCE);
        line.unwrap_or_else(|_| {
            panic!("no line came; it complains: {:?}", self.errors.try_iter().collect::<Vec<_>>())
        })
    }

    /// The address that it says it listens at; there may be records of its start before.
    #[track_caller]
    pub(crate) fn url(&self) -> String {
        loop {
            if let Some(url) = self.line().strip_prefix("listening on ") {
                return url.to_owned();
            }
        }
    }

    /// Sends it a signal.
    #[cfg(unix)]
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status().unwrap();
        assert!(sent.success());
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn end(mut self) -> Ended {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "it doesn't end");
            thread::sleep(Duration::from_millis(10));
        };
        Ended { status, output: self.output.iter().collect(), errors: self.errors.iter().collect() }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lines(from: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for line in BufReader::new(from).lines() {
            let Ok(line) = line else { return };
            if sender.send(line).is_err() {
                return;
            }
        }
    });
    receiver
}

/// A client that goes nowhere but where it is sent.
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().unwrap()
}
