//! [`Receiver`]: a process that takes OTLP requests, so that reading them is at nobody's cost.

mod server;

pub(crate) use server::serve;

use std::cell::RefCell;
use std::env;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::failure::Failure;
use crate::measure::other_core;
use crate::tally::{Records, Shape};

/// A child process that takes OTLP requests over HTTP and counts what is complete in them. On a core
/// on which the measured process isn't, where there is one; it ends with its parent.
#[derive(Debug)]
pub(crate) struct Receiver {
    url: String,
    lines: RefCell<Lines>,
    _process: Child,
}

/// A line to the process is a question, and its answer a line: what has been received.
#[derive(Debug)]
struct Lines {
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Receiver {
    /// Starts one that knows what an operation's spans are.
    pub(crate) fn start(shape: Shape) -> Result<Self, Failure> {
        let Records::Spans(spans) = shape.records else {
            return Err("the receiver takes spans only".into());
        };
        let mut command = Command::new(env::current_exe()?);
        command.args(["receive", &spans.to_string(), &shape.attributes.to_string()]);
        command.args(other_core().map(|core| core.to_string()));
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let questions = process.stdin.take().ok_or("the receiver has no input")?;
        let answers = process.stdout.take().ok_or("the receiver has no output")?;
        let mut lines = Lines { questions, answers: BufReader::new(answers) };
        // The first line, which nobody asked for, is the port.
        let port: u16 = lines.answer()?.parse()?;
        let url = format!("http://127.0.0.1:{port}");
        Ok(Self { url, lines: RefCell::new(lines), _process: process })
    }

    /// Where the receiver listens: scheme, address and port.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Operations of which everything came; none if the receiver is no more.
    pub(crate) fn operations(&self) -> u64 {
        let mut lines = self.lines.borrow_mut();
        let asked = writeln!(lines.questions).is_ok();
        let answer = if asked { lines.answer().ok() } else { None };
        answer.and_then(|answer| answer.parse().ok()).unwrap_or_default()
    }
}

impl Lines {
    fn answer(&mut self) -> Result<String, Failure> {
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(line.trim().to_owned())
    }
}
