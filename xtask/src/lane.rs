//! [`Lane`]: which steps are done beside which, and [`Beside`], those that are under way.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Instant;

use crate::failure::Failure;
use crate::process;
use crate::step::{Choice, Finished, Step, Verdict};

/// What a step is done beside. The steps of one lane are done one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Nothing but the other lanes.
    Main,
    /// All steps from the first on, for it waits for the network for the most part.
    Fetching,
    /// The steps that come after it, for they wait for the most part while it computes; it gives way to
    /// them.
    Aside,
}

/// The steps of a lane, done by processes of their own whose output is shown once each is over.
#[derive(Debug)]
pub(crate) struct Beside {
    over: Receiver<(Finished, String)>,
}

/// How one of them went, and what it printed.
pub(crate) type Outcome = (Result<(), Failure>, String);

impl Beside {
    /// Begins with the steps of the lane, in their order, of which `before` are over.
    pub(crate) fn begin(
        steps: &'static [Step],
        lane: Lane,
        choice: &Choice,
        mut before: Vec<Finished>,
        carry_out: fn(&Step) -> Outcome,
    ) -> Self {
        let (send, over) = mpsc::channel();
        let choice = choice.clone();
        let wanted = |step: &&Step| step.lane == lane && choice.refuses(step.name).is_none();
        let names: Vec<_> = steps.iter().filter(wanted).map(|step| step.name).collect();
        if !names.is_empty() {
            println!("== {}: beside what follows\n", names.join(", "));
        }
        thread::spawn(move || {
            for step in steps.iter().filter(|step| step.lane == lane) {
                let (finished, printed) = match step.reason_to_skip(&choice, &before) {
                    Some(reason) => (Finished::skipped(step.name, reason), String::new()),
                    None => finish(step, carry_out),
                };
                before.push(finished.clone());
                if send.send((finished, printed)).is_err() {
                    return;
                }
            }
        });
        Self { over }
    }

    /// Waits until those steps are over, and shows them and what came before them.
    pub(crate) fn wait_for(&self, names: &[&str], finished: &mut Vec<Finished>) {
        while names.iter().any(|name| !finished.iter().any(|step| step.name == *name))
            && let Ok((over, printed)) = self.over.recv()
        {
            print!("{printed}");
            finished.push(over);
        }
    }

    /// Waits for all that are left.
    pub(crate) fn wait_for_the_rest(&self, finished: &mut Vec<Finished>) {
        for (over, printed) in &self.over {
            print!("{printed}");
            finished.push(over);
        }
    }
}

fn finish(step: &Step, carry_out: fn(&Step) -> Outcome) -> (Finished, String) {
    let started = Instant::now();
    let (outcome, printed) = carry_out(step);
    let took = started.elapsed();
    let verdict = Verdict::of(outcome);
    let name = step.name;
    let told = verdict.told(name, took);
    (Finished { name, verdict, took }, format!("== {name}: {}\n{printed}{told}", step.proves))
}

/// Has another process of this program carry the step out.
pub(crate) fn by_a_process(step: &Step) -> Outcome {
    // The file of this program may be replaced by a build meanwhile; the kernel's name for it still leads
    // to what is running.
    let kernels = format!("/proc/{}/exe", std::process::id());
    let program = match env::current_exe() {
        _ if Path::new(&kernels).exists() => PathBuf::from(kernels),
        Ok(path) => path,
        Err(error) => {
            return (Err(Failure::new(format!("no path of itself: {error}"))), String::new());
        }
    };
    let mut command = match process::find_program("nice").filter(|_| step.lane == Lane::Aside) {
        Some(nice) => {
            let mut command = Command::new(nice);
            command.args(["-n", "19"]).arg(program);
            command
        }
        None => Command::new(program),
    };
    let output = command.args(["step", step.name]).stdin(Stdio::null()).output();
    match output {
        Ok(output) => {
            let complaints = String::from_utf8_lossy(&output.stderr);
            let printed = format!("{}{complaints}", String::from_utf8_lossy(&output.stdout));
            let last = complaints.lines().last().unwrap_or("it says nothing").to_owned();
            let reason = last.strip_prefix("cargo xtask: ").unwrap_or(&last);
            let outcome = if output.status.success() { Ok(()) } else { Err(Failure::new(reason)) };
            (outcome, printed)
        }
        Err(error) => {
            (Err(Failure::new(format!("it could not be started: {error}"))), String::new())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn step(name: &'static str, needs: &'static [&'static str]) -> Step {
        Step { name, proves: "it is there", needs, lane: Lane::Fetching, run: |_| Ok(()) }
    }

    const STEPS: &[Step] = &[
        step("first", &[]),
        step("bad", &[]),
        step("needy", &["bad"]),
        Step { lane: Lane::Main, ..step("later", &[]) },
        step("last", &["first"]),
    ];

    fn fetching(choice: &Choice) -> Beside {
        Beside::begin(STEPS, Lane::Fetching, choice, Vec::new(), carry_out)
    }

    fn carry_out(step: &Step) -> Outcome {
        let outcome = if step.name == "bad" { Err(Failure::new("it broke")) } else { Ok(()) };
        (outcome, format!("said by {}\n", step.name))
    }

    fn verdicts(finished: &[Finished]) -> Vec<(&str, String)> {
        finished.iter().map(|step| (step.name, format!("{:?}", step.verdict))).collect()
    }

    #[test]
    fn whoever_waits_for_a_step_gets_it_with_all_that_came_before() {
        let fetching = fetching(&Choice::default());
        let mut finished = Vec::new();
        fetching.wait_for(&["bad"], &mut finished);
        let names: Vec<_> = finished.iter().map(|step| step.name).collect();
        assert_eq!(names, ["first", "bad"]);
        fetching.wait_for_the_rest(&mut finished);
        let (name, verdict) = &verdicts(&finished)[2];
        assert_eq!(*name, "needy");
        assert!(verdict.contains("it needs bad, which failed"), "{verdict}");
        assert_eq!(verdicts(&finished)[3], ("last", "Passed".to_owned()));
        // A step that isn't there is no reason to wait for ever.
        fetching.wait_for(&["unknown"], &mut finished);
    }

    #[test]
    fn what_was_left_out_is_not_done() {
        let choice = Choice { only: vec!["last".to_owned()], without: Vec::new() };
        let fetching = fetching(&choice);
        let mut finished = Vec::new();
        fetching.wait_for_the_rest(&mut finished);
        let passed: Vec<_> =
            finished.iter().filter(|step| step.verdict == Verdict::Passed).collect();
        assert_eq!((passed.len(), passed[0].name), (1, "last"));
    }
}
