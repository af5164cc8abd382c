//! The demo's programs as processes, and what they say of themselves.
//!
//! The types here are this package's own, so that a field which is renamed on one side is noticed.

mod counts;

use std::net::SocketAddr;
use std::process::{Command, ExitStatus};

use serde_json::Value;

use crate::{Process, program, wire};

pub use counts::{ClientCounts, ClientRoute, Ledger, ServiceCounts, ServiceRoute, Signal, Sink};

/// The demo's AI provider.
#[derive(Debug)]
pub struct Provider {
    process: Process,
    address: SocketAddr,
}

/// The demo's service.
#[derive(Debug)]
pub struct Service {
    process: Process,
    address: SocketAddr,
}

/// The demo's clients.
#[derive(Debug)]
pub struct Client(Process);

/// A service that has ended.
#[derive(Debug)]
pub struct Ended {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output after the first line.
    pub output: Vec<String>,
    /// Its standard error.
    pub errors: Vec<String>,
}

impl Provider {
    /// A provider at a free port that refuses this share of all requests.
    pub fn refusing(share: f64) -> Self {
        let mut command = attached("demo-provider");
        command.args(["--port", "0", "--busy", &share.to_string()]);
        let process = Process::start(&mut command);
        let address = address(&process);
        Self { process, address }
    }

    /// Where it listens.
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it has printed, for a test that fails.
    pub fn told(&self) -> String {
        self.process.told()
    }
}

impl Service {
    /// A service at a free port, with reports and with these settings in its environment.
    pub fn start(provider: &str, environment: &[(&str, &str)]) -> Self {
        Self::start_with(provider, &["--report"], environment)
    }

    /// A service at a free port with these options and settings.
    pub fn start_with(provider: &str, options: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = attached("demo-service");
        command.args(["--port", "0", "--provider", provider]).args(options);
        command.envs(environment.iter().copied());
        let process = Process::start(&mut command);
        let address = address(&process);
        Self { process, address }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The process.
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// What it counts by itself, outside telemetry.
    #[track_caller]
    pub fn counts(&self) -> ServiceCounts {
        serde_json::from_str(&wire::page(self.address, "/demo/counts")).unwrap()
    }

    /// Its metrics page.
    #[track_caller]
    pub fn metrics(&self) -> String {
        wire::page(self.address, "/metrics")
    }

    /// Waits until it has ended.
    #[track_caller]
    pub fn wait(mut self) -> Ended {
        let status = self.process.wait();
        let mut output = self.process.output().all();
        output.remove(0);
        Ended { status, output, errors: self.process.errors().all() }
    }

    /// Asks it to stop and waits until it has ended.
    #[track_caller]
    pub fn stop(self) -> Ended {
        self.process.signal("TERM");
        self.wait()
    }
}

impl Client {
    /// Clients of `service` with these options.
    pub fn start(service: &Service, options: &[&str]) -> Self {
        let mut command = attached("demo-client");
        command.args(["--target", &format!("http://{}", service.address)]).args(options);
        Self(Process::start(&mut command))
    }

    /// Waits until they have left by themselves; gives their counts.
    #[track_caller]
    pub fn wait(mut self) -> ClientCounts {
        let status = self.0.wait();
        assert!(status.success(), "{status}: {}", self.0.told());
        let line = self.0.output().all().pop().unwrap_or_default();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {}", self.0.told()))
    }

    /// Sends them home; gives their counts.
    #[track_caller]
    pub fn stop(mut self) -> ClientCounts {
        self.0.close_input();
        self.wait()
    }
}

impl Ended {
    /// The summary, which is its last report.
    #[track_caller]
    pub fn summary(&self) -> Value {
        let last = self.output.last().and_then(|line| serde_json::from_str::<Value>(line).ok());
        let summary = last.and_then(|report| report.get("summary").cloned());
        summary.unwrap_or_else(|| panic!("no summary: {self:#?}"))
    }

    /// The account of all records.
    #[track_caller]
    pub fn ledger(&self) -> Ledger {
        serde_json::from_value(self.summary()["ledger"].clone()).unwrap()
    }
}

/// A program that stops when we end, even if we are killed.
fn attached(name: &str) -> Command {
    let mut command = Command::new(program(name));
    command.arg("--attached");
    command
}

#[track_caller]
fn address(process: &Process) -> SocketAddr {
    process.line("an address", |line| line.strip_prefix("listening on http://")?.parse().ok())
}
