use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};
use std::{env, process, thread};

use crate::{Lines, PATIENCE};

/// A program that runs until it ends by itself or is dropped.
#[derive(Debug)]
pub struct Process {
    name: String,
    child: Child,
    /// Held open: programs that are attached stop when it is closed, even if we are killed.
    input: Option<ChildStdin>,
    output: Lines,
    errors: Lines,
}

impl Process {
    /// Starts the program, without what the user's shell says about telemetry and proxies.
    pub fn start(command: &mut Command) -> Self {
        isolate(command);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let name = Path::new(command.get_program()).file_name().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        let mut child =
            command.spawn().unwrap_or_else(|error| panic!("{name} does not start: {error}"));
        Self {
            input: child.stdin.take(),
            output: Lines::of(child.stdout.take().unwrap()),
            errors: Lines::of(child.stderr.take().unwrap()),
            name,
            child,
        }
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Its standard output.
    pub fn output(&self) -> &Lines {
        &self.output
    }

    /// Its standard error.
    pub fn errors(&self) -> &Lines {
        &self.errors
    }

    /// Waits for a line on standard output that `find` makes something of.
    #[track_caller]
    pub fn line<T>(&self, what: &str, find: impl Fn(&str) -> Option<T>) -> T {
        let found = self.output.wait_for(PATIENCE, find);
        found.unwrap_or_else(|| panic!("no line with {what} from {}", self.told()))
    }

    /// Closes its standard input, which asks an attached program to stop.
    pub fn close_input(&mut self) {
        self.input = None;
    }

    /// Sends the signal of that name, such as `TERM`.
    pub fn signal(&self, name: &str) {
        // A shell has `kill` built in; not every system has it as a program.
        let mut kill = Command::new("sh");
        kill.args(["-c", "kill -s \"$1\" \"$2\"", "sh", name, &self.id().to_string()]);
        assert!(kill.status().unwrap().success(), "{} can't be sent {name}", self.name);
    }

    /// Waits until it has ended and all its output is there.
    #[track_caller]
    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "it doesn't end: {}", self.told());
            thread::sleep(Duration::from_millis(10));
        };
        for lines in [&self.output, &self.errors] {
            assert!(lines.wait_for_end(PATIENCE), "somebody keeps the output of {}", self.told());
        }
        status
    }

    /// Whether it hasn't ended yet.
    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// All that it has printed, for a test that fails.
    pub fn told(&self) -> String {
        let (output, errors) = (self.output.all(), self.errors.all());
        let shown = |lines: &[String]| {
            let last = lines.len().saturating_sub(40);
            lines[last..].join("\n  ")
        };
        format!("{}, which printed\n  {}\nand\n  {}", self.name, shown(&output), shown(&errors))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Takes away what would change the meaning of a test.
fn isolate(command: &mut Command) {
    let given: Vec<_> = command.get_envs().map(|(name, _)| name.to_owned()).collect();
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        let foreign =
            ["OTEL_", "TELEMETRY_", "RUST_LOG"].iter().any(|start| text.starts_with(start))
                || text.to_ascii_lowercase().ends_with("_proxy");
        if foreign && !given.contains(&name) {
            command.env_remove(name);
        }
    }
}

/// A port of the loopback that nobody listens at, for programs that can't find one by themselves.
///
/// It is below those that a system gives to clients and to whoever asks for any, so that nobody gets
/// it by chance before it is used.
pub fn free_port() -> u16 {
    const FIRST: u16 = 15_000;
    const COUNT: u32 = 15_000;
    static TRIED: AtomicU32 = AtomicU32::new(0);
    // Test runs side by side begin at different ports.
    let beginning = process::id().wrapping_mul(61);
    for _ in 0..COUNT {
        let number = beginning.wrapping_add(TRIED.fetch_add(1, Ordering::Relaxed)) % COUNT;
        let port = FIRST + number as u16;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free");
}
