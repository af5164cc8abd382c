use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use super::work::PATIENCE;

/// Says to a process that it is a test's own.
const MARK: &str = "IT_OWN_PROCESS";

/// A test's own process, under way.
pub(crate) struct Run {
    child: Child,
}

/// What a process left behind.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) success: bool,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs `body` in a process of its own, since a global pipeline, a subscriber, standard streams and
/// signals belong to a process: this binary again, with only the test `name` and these variables.
/// `body` runs there, and what follows the call only here.
pub(crate) fn own_process(name: &str, variables: &[(&str, &str)], body: impl FnOnce()) -> Run {
    let command = Command::new(std::env::current_exe().unwrap());
    own_process_of(command, name, variables, body)
}

/// The same, in a process whose files find no room beyond some tens of kibibytes: what a shell's limit
/// does is what a full disk does, in the middle of a write.
#[cfg(unix)]
pub(crate) fn own_process_with_little_room(name: &str, body: impl FnOnce()) -> Run {
    let mut command = Command::new("sh");
    // Without the trap the signal that says so ends the process.
    command.args(["-c", r#"trap "" XFSZ; ulimit -f 64; exec "$0" "$@""#]);
    command.arg(std::env::current_exe().unwrap());
    own_process_of(command, name, &[], body)
}

fn own_process_of(
    mut command: Command,
    name: &str,
    variables: &[(&str, &str)],
    body: impl FnOnce(),
) -> Run {
    if std::env::var_os(MARK).is_some() {
        body();
        std::process::exit(0);
    }
    command.args(["--exact", name, "--nocapture", "--test-threads=1"]);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("OTEL_") || text.starts_with("TELEMETRY_") || text == "RUST_LOG" {
            command.env_remove(&name);
        }
    }
    command.envs(variables.iter().copied()).env(MARK, "1");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    Run { child: command.spawn().unwrap() }
}

impl Run {
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for the end.
    pub(crate) fn finish(mut self) -> Finished {
        let mut out = self.child.stdout.take().unwrap();
        let mut err = self.child.stderr.take().unwrap();
        let read_out = thread::spawn(move || {
            let mut text = String::new();
            out.read_to_string(&mut text).map(|_| text)
        });
        let read_err = thread::spawn(move || {
            let mut text = String::new();
            err.read_to_string(&mut text).map(|_| text)
        });
        let began = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            // What it waits for itself it waits for as long.
            if began.elapsed() > 4 * PATIENCE {
                self.child.kill().unwrap();
                panic!("the process didn't end: {:?}", read_err.join());
            }
            thread::sleep(Duration::from_millis(10));
        };
        Finished {
            success: status.success(),
            out: read_out.join().unwrap().unwrap(),
            err: read_err.join().unwrap().unwrap(),
        }
    }
}

impl Finished {
    /// The lines that telemetry said on standard error.
    pub(crate) fn said(&self) -> Vec<&str> {
        assert!(self.success, "{self:?}");
        let lines = self.err.lines();
        lines.filter_map(|line| line.strip_prefix("telemetry: ")).collect()
    }

    /// The JSON lines on standard output, which the test harness shares.
    pub(crate) fn json(&self) -> Vec<serde_json::Value> {
        let lines = self.out.lines().filter_map(|line| line.find('{').map(|at| &line[at..]));
        lines.map(|line| serde_json::from_str(line).expect(line)).collect()
    }
}
