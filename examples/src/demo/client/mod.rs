//! `demo-client`: the clients of the service.
//!
//! They have no telemetry. What they count is the outside view that the service's numbers are
//! checked against, so every request ends in exactly one of their counts.

mod counts;
mod options;
mod pulse;
mod send;
mod traffic;
mod visit;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;

use super::command_line::Problem;
use super::process::{self, Stop};
use super::standard;
use counts::Counts;
use options::Options;
use send::Sender;
use traffic::Traffic;

/// How long answers that are under way are waited for at the end.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs the clients.
pub fn main() -> ExitCode {
    let result = Options::of_process().and_then(|options| process::block_on(run(options)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(problem) => problem.report("demo-client", options::USAGE),
    }
}

async fn run(options: Options) -> Result<(), Problem> {
    let stop = Stop::listen(options.attached)?;
    let counts = Arc::new(Counts::default());
    let sender = Sender::new(&options.target, Arc::clone(&counts))?;
    let started = Instant::now();
    let mut requests = JoinSet::new();
    let end = options.duration.map(|duration| started + duration);
    for visit in Traffic::new(options.seed, options.rate) {
        let due = started + visit.after;
        if end.is_some_and(|end| due >= end) {
            tokio::select! {
                () = wait_until(end) => {}
                () = stop.asked() => {}
            }
            break;
        }
        tokio::select! {
            biased;
            () = stop.asked() => break,
            () = tokio::time::sleep_until(due) => {}
        }
        requests.spawn(sender.clone().send(visit));
        while requests.try_join_next().is_some() {}
    }
    let seconds = started.elapsed().as_secs_f64();
    let ended =
        tokio::time::timeout(PATIENCE, async { while requests.join_next().await.is_some() {} });
    if ended.await.is_err() {
        // What is dropped counts itself as failed.
        requests.shutdown().await;
    }
    standard::print_json(&counts.read(seconds));
    Ok(())
}

async fn wait_until(instant: Option<Instant>) {
    if let Some(instant) = instant {
        tokio::time::sleep_until(instant).await;
    }
}
