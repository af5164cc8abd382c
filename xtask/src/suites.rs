//! Test programs, several at once.

use std::collections::VecDeque;
use std::process::Command;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use crate::executables::{Executable, Kind};
use crate::failure::Failure;
use crate::process;

/// One test program, or several run by cargo.
#[derive(Debug)]
pub(crate) struct Suite {
    title: String,
    command: Command,
}

impl Suite {
    /// What the command runs, under a title for the output.
    pub(crate) fn new(title: impl Into<String>, mut command: Command) -> Self {
        process::isolate(&mut command);
        Self { title: title.into(), command }
    }

    /// With a setting for the tests.
    pub(crate) fn with(mut self, variable: &str, value: &str) -> Self {
        self.command.env(variable, value);
        self
    }

    /// The tests of an executable whose names contain `filter`, started as cargo does it.
    pub(crate) fn of(executable: &Executable, arguments: &[&str]) -> Self {
        let package = executable.package.file_name().unwrap_or_default().to_string_lossy();
        let target = &executable.name;
        let kind = if executable.kind == Kind::IntegrationTest { "tests" } else { "unit tests" };
        let mut command = Command::new(&executable.path);
        command
            .args(arguments)
            .current_dir(&executable.package)
            .env("CARGO_MANIFEST_DIR", &executable.package);
        Self::new(format!("{kind} of {package} ({target})"), command)
    }

    /// Runs it and gives what it printed.
    fn run(mut self) -> (String, bool) {
        let started = Instant::now();
        let output = self.command.output();
        let (printed, passed) = match output {
            Ok(output) => {
                let printed = [&output.stdout[..], &output.stderr].map(String::from_utf8_lossy);
                (printed.concat(), output.status.success())
            }
            Err(error) => (format!("could not be started: {error}\n"), false),
        };
        let seconds = started.elapsed().as_secs_f64();
        (format!("-- {}, {seconds:.1} s\n{printed}", self.title), passed)
    }
}

/// Runs them all, at most `at_once` at a time in their order, showing what each has printed once it is
/// over. One that fails stops no other.
pub(crate) fn run_all(suites: Vec<Suite>, at_once: usize) -> Result<(), Failure> {
    let waiting = Mutex::new(VecDeque::from(suites));
    let failed = Mutex::new(Vec::new());
    let next = || waiting.lock().ok()?.pop_front();
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                while let Some(suite) = next() {
                    let title = suite.title.clone();
                    let (printed, passed) = suite.run();
                    print!("{printed}");
                    if !passed && let Ok(mut failed) = failed.lock() {
                        failed.push(title);
                    }
                }
            });
        }
    });
    match failed.into_inner().unwrap_or_default().as_slice() {
        [] => Ok(()),
        failed => Err(Failure::new(format!("there are failures in the {}", failed.join(", the ")))),
    }
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;

    fn suite(program: &str) -> Suite {
        Suite::new(format!("tests by {program}"), Command::new(program))
    }

    #[test]
    fn all_run_and_those_that_fail_are_named() {
        assert_eq!(run_all(vec![suite("true"), suite("true")], 2), Ok(()));
        let failure = run_all(vec![suite("false"), suite("true"), suite("no-such")], 2);
        let failure = failure.unwrap_err().to_string();
        assert!(failure.contains("by false") && failure.contains("by no-such"), "{failure}");
        assert!(!failure.contains("by true"), "{failure}");
    }

    #[test]
    fn what_a_suite_prints_stands_below_its_title() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo out; echo err >&2"]);
        let (printed, passed) = Suite::new("tests of x", command).run();
        assert!(passed && printed.starts_with("-- tests of x, "), "{printed}");
        assert!(printed.ends_with("out\nerr\n"), "{printed}");
    }
}
