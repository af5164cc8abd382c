//! [`Caller`]: a process that calls a service, so that calling it is at nobody's cost.

mod connections;

pub(crate) use connections::serve;

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::failure::Failure;
use crate::measure::other_core;

/// A process on another core, if there is one, with connections to a service. It ends with its input.
#[derive(Debug)]
pub(crate) struct Caller {
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    _process: Child,
}

impl Caller {
    /// Starts the process, which will ask for `path`.
    pub(crate) fn start(address: SocketAddr, path: &str) -> Result<Self, Failure> {
        let mut command = Command::new(env::current_exe()?);
        command.args(["call", &address.to_string(), path]);
        command.args(other_core().map(|core| core.to_string()));
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let orders = process.stdin.take().ok_or("the caller has no input")?;
        let answers = process.stdout.take().ok_or("the caller has no output")?;
        Ok(Self { orders, answers: BufReader::new(answers), _process: process })
    }

    /// Has so many requests sent, waits for their answers and says how long half of them took at the
    /// most. What fails here is missed where operations are counted.
    pub(crate) fn call(&mut self, requests: u64) -> Option<Duration> {
        writeln!(self.orders, "{requests}").ok()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer).ok()?;
        answer.trim().parse().ok().map(Duration::from_nanos)
    }
}
