//! What a side's process does.

use std::io::{Write, stdout};
use std::time::Instant;

use super::memory::resident;
use super::pace::Pace;
use super::{Measured, processor};
use crate::case::{Case, Cores, Subject};
use crate::failure::Failure;

/// Runs one side of a case and prints what it used as a line of JSON.
pub(crate) fn run_side(case: &Case, side: &str, bursts: Option<u32>) -> Result<(), Failure> {
    let (_, start) = case
        .sides()
        .find(|(name, _)| *name == side)
        .ok_or_else(|| format!("{} has no side `{side}`", case.path()))?;
    if case.cores == Cores::One {
        // Before anything else, since threads stay where their parent was.
        processor::keep_to_one()?;
    }
    let measured = measure(case, start()?, bursts.unwrap_or(case.load.bursts))?;
    let mut out = stdout().lock();
    serde_json::to_writer(&mut out, &measured)?;
    Ok(out.write_all(b"\n")?)
}

fn measure(case: &Case, mut subject: Subject, bursts: u32) -> Result<Measured, Failure> {
    let load = case.load;
    let mut pace = Pace::new(load.interval);
    let mut run = |subject: &mut Subject, bursts: u32| {
        let mut latencies = Vec::new();
        for _ in 0..bursts {
            pace.wait();
            latencies.extend(subject.burst(load.burst));
        }
        subject.destination().flush().map(|()| latencies)
    };
    let thousand = u32::try_from(1_000_u64.div_ceil(load.burst))?;
    let mut grown = None;
    if thousand <= load.warm_up {
        let empty = resident();
        run(&mut subject, thousand)?;
        grown = resident().zip(empty).map(|(now, before)| now.saturating_sub(before));
        run(&mut subject, load.warm_up - thousand)?;
    } else {
        run(&mut subject, load.warm_up)?;
    }
    let before = subject.destination().delivered();
    let used = |subject: &Subject| processor::time_used() + subject.destination().used_elsewhere();
    let (before_it, begun) = (used(&subject), Instant::now());
    let mut latencies = run(&mut subject, bursts)?;
    let (processor, elapsed) = (used(&subject) - before_it, begun.elapsed());
    let after = subject.destination().delivered();
    // Of medians of bursts, which are all of the same size.
    latencies.sort_unstable();
    let latency = latencies.get(latencies.len() / 2).copied();
    Ok(Measured {
        processor,
        elapsed,
        operations: load.burst * u64::from(bursts),
        delivered: after.zip(before).map(|(after, before)| after.saturating_sub(before)),
        latency,
        grown,
    })
}
