//! `litellm`, asked for costs in a process of its own.

use std::cell::Cell;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::rc::Rc;
use std::time::Duration;

use crate::destination::Destination;
use crate::failure::Failure;

/// Where the Python is that can import it; `cargo xtask bench` makes one.
pub(crate) const PYTHON: &str = "BENCH_LITELLM_PYTHON";

const SCRIPT: &str = include_str!("litellm.py");

/// The process, which has the answers of the models at hand. It ends with its input.
#[derive(Debug)]
pub(crate) struct Litellm {
    lines: std::cell::RefCell<Lines>,
    used: Used,
    _process: Child,
}

#[derive(Debug)]
struct Lines {
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// The processor time that its calculations took, without that of its start.
#[derive(Clone, Debug, Default)]
pub(crate) struct Used(Rc<Cell<Duration>>);

impl Litellm {
    /// Starts the process, which takes seconds.
    pub(crate) fn start(models: &[&str]) -> Result<(Self, Used), Failure> {
        let python = env::var_os(PYTHON).ok_or_else(|| {
            format!("{PYTHON} doesn't say which Python has litellm; `cargo xtask bench` makes one")
        })?;
        let mut command = Command::new(python);
        command.args(["-c", SCRIPT]).args(models).env("LITELLM_LOCAL_MODEL_COST_MAP", "True");
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let orders = process.stdin.take().ok_or("litellm has no input")?;
        let answers = process.stdout.take().ok_or("litellm has no output")?;
        let mut lines = Lines { orders, answers: BufReader::new(answers) };
        // One price, so that all is loaded and works.
        lines.ask(1)?;
        let used = Used::default();
        Ok((Self { lines: lines.into(), used: used.clone(), _process: process }, used))
    }

    /// Has so many costs calculated.
    pub(crate) fn price(&self, operations: u64) {
        match self.lines.borrow_mut().ask(operations) {
            Ok(used) => self.used.0.set(self.used.0.get() + used),
            Err(failure) => {
                eprintln!("litellm: {failure}");
                std::process::exit(1);
            }
        }
    }
}

impl Lines {
    fn ask(&mut self, operations: u64) -> Result<Duration, Failure> {
        writeln!(self.orders, "{operations}")?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        Ok(Duration::from_nanos(answer.trim().parse()?))
    }
}

impl Destination for Used {
    fn flush(&self) -> Result<(), Failure> {
        Ok(())
    }

    fn delivered(&self) -> Option<u64> {
        None
    }

    fn used_elsewhere(&self) -> Duration {
        self.0.get()
    }
}
