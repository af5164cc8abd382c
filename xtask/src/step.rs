//! [`Step`]: one thing that must hold, and how steps are chosen, timed and counted.

use std::fmt;
use std::time::{Duration, Instant};

use crate::failure::Failure;
use crate::lane::{self, Beside, Lane};
use crate::workspace::Workspace;

/// One thing that must hold.
#[derive(Debug)]
pub(crate) struct Step {
    /// What it is called on the command line.
    pub(crate) name: &'static str,
    /// What holds once it has passed.
    pub(crate) proves: &'static str,
    /// Steps without whose work it cannot run.
    pub(crate) needs: &'static [&'static str],
    /// What it is done beside.
    pub(crate) lane: Lane,
    /// Does it.
    pub(crate) run: fn(&Workspace) -> Result<(), Failure>,
}

/// Which steps the user wants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Choice {
    /// If not empty, these and no others.
    pub(crate) only: Vec<String>,
    /// Not these.
    pub(crate) without: Vec<String>,
}

impl Choice {
    /// Why the step is not wanted, if it is not.
    pub(crate) fn refuses(&self, step: &str) -> Option<&'static str> {
        if self.without.iter().any(|name| name == step) {
            Some("left out by --without")
        } else if !self.only.is_empty() && !self.only.iter().any(|name| name == step) {
            Some("left out by --only")
        } else {
            None
        }
    }
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It holds.
    Passed,
    /// It does not, or could not be found out.
    Failed(Failure),
    /// It was not tried, for this reason.
    Skipped(String),
}

impl Verdict {
    pub(crate) fn of(outcome: Result<(), Failure>) -> Self {
        outcome.map_or_else(Self::Failed, |()| Self::Passed)
    }

    /// The line at the end of a step.
    pub(crate) fn told(&self, name: &str, took: Duration) -> String {
        let seconds = took.as_secs_f64();
        match self {
            Self::Passed => format!("== {name} passed in {seconds:.1} s\n\n"),
            Self::Failed(failure) => format!("== {name} failed in {seconds:.1} s: {failure}\n\n"),
            Self::Skipped(reason) => format!("== {name} skipped: {reason}\n\n"),
        }
    }
}

/// A step that is over.
#[derive(Clone, Debug)]
pub(crate) struct Finished {
    pub(crate) name: &'static str,
    pub(crate) verdict: Verdict,
    pub(crate) took: Duration,
}

impl Finished {
    pub(crate) fn skipped(name: &'static str, reason: String) -> Self {
        Self { name, verdict: Verdict::Skipped(reason), took: Duration::ZERO }
    }
}

impl Step {
    /// Why the step is not tried, after those before it.
    pub(crate) fn reason_to_skip(&self, choice: &Choice, before: &[Finished]) -> Option<String> {
        choice.refuses(self.name).map(str::to_owned).or_else(|| failed_need(self, before))
    }
}

/// Runs the chosen steps in their order. A failure stops only what needs that step, so
/// that one run shows all that is wrong.
pub(crate) fn run_all(
    steps: &'static [Step],
    choice: &Choice,
    workspace: &Workspace,
) -> Vec<Finished> {
    let begin = |lane, before| Beside::begin(steps, lane, choice, before, lane::by_a_process);
    let fetching = begin(Lane::Fetching, Vec::new());
    let mut finished = Vec::new();
    let mut aside = None;
    for step in steps {
        match step.lane {
            Lane::Fetching => {}
            Lane::Aside => {
                if aside.is_none() {
                    let aside_steps = steps.iter().filter(|step| step.lane == Lane::Aside);
                    for step in aside_steps.filter(|step| choice.refuses(step.name).is_none()) {
                        fetching.wait_for(&fetched(step, steps), &mut finished);
                    }
                    aside = Some(begin(Lane::Aside, finished.clone()));
                }
            }
            Lane::Main => {
                if choice.refuses(step.name).is_none() {
                    fetching.wait_for(&fetched(step, steps), &mut finished);
                }
                let over = run_one(step, choice, workspace, &finished);
                finished.push(over);
            }
        }
    }
    fetching.wait_for_the_rest(&mut finished);
    if let Some(aside) = aside {
        aside.wait_for_the_rest(&mut finished);
    }
    finished.sort_by_key(|over| steps.iter().position(|step| step.name == over.name));
    finished
}

/// What the step needs of what is fetched beside.
fn fetched(step: &Step, steps: &[Step]) -> Vec<&'static str> {
    let is_fetched =
        |need: &&str| steps.iter().any(|one| one.lane == Lane::Fetching && one.name == *need);
    step.needs.iter().copied().filter(is_fetched).collect()
}

fn run_one(step: &Step, choice: &Choice, workspace: &Workspace, before: &[Finished]) -> Finished {
    let name = step.name;
    if let Some(reason) = step.reason_to_skip(choice, before) {
        return Finished::skipped(name, reason);
    }
    println!("== {name}: {}", step.proves);
    let started = Instant::now();
    let verdict = Verdict::of((step.run)(workspace));
    let took = started.elapsed();
    print!("{}", verdict.told(name, took));
    Finished { name, verdict, took }
}

fn failed_need(step: &Step, before: &[Finished]) -> Option<String> {
    before
        .iter()
        .find(|earlier| {
            step.needs.contains(&earlier.name) && matches!(earlier.verdict, Verdict::Failed(_))
        })
        .map(|earlier| format!("it needs {}, which failed", earlier.name))
}

/// The table at the end and the line that counts.
#[derive(Debug)]
pub(crate) struct Summary<'a> {
    finished: &'a [Finished],
    took: Duration,
}

impl<'a> Summary<'a> {
    /// The summary of these steps, which took so long together.
    pub(crate) fn new(finished: &'a [Finished], took: Duration) -> Self {
        Self { finished, took }
    }

    /// Whether nothing failed.
    pub(crate) fn succeeded(&self) -> bool {
        self.count(|verdict| matches!(verdict, Verdict::Failed(_))) == 0
    }

    fn count(&self, of: fn(&Verdict) -> bool) -> usize {
        let verdicts = self.finished.iter().map(|step| &step.verdict);
        verdicts.filter(|verdict| of(verdict)).count()
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in self.finished {
            let (name, seconds) = (step.name, step.took.as_secs_f64());
            match &step.verdict {
                Verdict::Passed => writeln!(formatter, "{seconds:7.1} s  passed   {name}")?,
                Verdict::Failed(failure) => {
                    writeln!(formatter, "{seconds:7.1} s  failed   {name}: {failure}")?;
                }
                Verdict::Skipped(reason) => {
                    writeln!(formatter, "           skipped  {name}: {reason}")?;
                }
            }
        }
        writeln!(formatter, "{:7.1} s  in all", self.took.as_secs_f64())?;
        writeln!(
            formatter,
            "{} passed, {} failed, {} skipped",
            self.count(|verdict| matches!(verdict, Verdict::Passed)),
            self.count(|verdict| matches!(verdict, Verdict::Failed(_))),
            self.count(|verdict| matches!(verdict, Verdict::Skipped(_))),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: &[Step] = &[
        Step {
            name: "good",
            proves: "something that holds",
            needs: &[],
            lane: Lane::Main,
            run: |_| Ok(()),
        },
        Step {
            name: "bad",
            proves: "something that does not hold",
            needs: &[],
            lane: Lane::Main,
            run: |_| Err(Failure::new("it broke")),
        },
        Step {
            name: "needy",
            proves: "something that rests on the former",
            needs: &["bad"],
            lane: Lane::Main,
            run: |_| Ok(()),
        },
    ];

    fn after(choice: &Choice) -> (String, bool) {
        let finished = run_all(STEPS, choice, &Workspace::locate());
        let summary = Summary::new(&finished, Duration::ZERO);
        let printed = summary.to_string();
        let last = printed.lines().last().unwrap().to_owned();
        (last, summary.succeeded())
    }

    #[test]
    fn a_failure_skips_only_what_needs_it() {
        let (last, succeeded) = after(&Choice::default());
        assert_eq!(last, "1 passed, 1 failed, 1 skipped");
        assert!(!succeeded);
    }

    #[test]
    fn a_step_left_out_is_counted_as_skipped() {
        let choice = Choice { only: Vec::new(), without: vec!["bad".to_owned()] };
        assert_eq!(after(&choice), ("2 passed, 0 failed, 1 skipped".to_owned(), true));
    }

    #[test]
    fn one_step_alone_leaves_the_others_out() {
        let choice = Choice { only: vec!["good".to_owned()], without: Vec::new() };
        assert_eq!(after(&choice), ("1 passed, 0 failed, 2 skipped".to_owned(), true));
    }

    #[test]
    fn the_summary_names_what_failed_and_why() {
        let finished = run_all(STEPS, &Choice::default(), &Workspace::locate());
        let printed = Summary::new(&finished, Duration::ZERO).to_string();
        assert!(printed.contains("failed   bad: it broke"), "{printed}");
        assert!(printed.contains("skipped  needy: it needs bad, which failed"), "{printed}");
    }
}
