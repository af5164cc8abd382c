//! [`Model`]: a process that answers as a provider of models does, so that answering is at nobody's cost.

mod server;

pub(crate) use server::serve;

use std::env;
use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdin, Command, Stdio};

use crate::failure::Failure;
use crate::measure::other_core;

/// A process on another core, if there is one, that answers chat completions. It ends with its input.
#[derive(Debug)]
pub(crate) struct Model {
    address: String,
    _input: Option<ChildStdin>,
    _process: Child,
}

impl Model {
    /// Starts the process and waits until it listens.
    pub(crate) fn start() -> Result<Self, Failure> {
        let mut command = Command::new(env::current_exe()?);
        command.arg("model").args(other_core().map(|core| core.to_string()));
        let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let output = process.stdout.take().ok_or("the model has no output")?;
        let mut address = String::new();
        BufReader::new(output).read_line(&mut address)?;
        let address = address.trim_end().to_owned();
        Ok(Self { address, _input: process.stdin.take(), _process: process })
    }

    /// Where it listens, as `127.0.0.1:PORT`.
    pub(crate) fn address(&self) -> &str {
        &self.address
    }
}
