//! [`Command`]: what the user asked for, parsed in full before anything starts.

mod grammar;

use std::ffi::OsString;
use std::fmt;

use grammar::{Allowed, Grammar, spelled};
use lexopt::Arg;

use crate::prices::Versions;
use crate::step::Choice;
use crate::steps;

/// What the user asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Print what there is.
    Help,
    /// Build the demo and become it, with these arguments.
    Demo { arguments: Vec<OsString> },
    /// Run the steps of the choice.
    Test(Choice),
    /// Carry out one step, for the command that runs them all.
    Step(String),
    /// Read the prices again.
    Prices(Versions),
    /// Build the benchmarks and become them, with these arguments.
    Bench { arguments: Vec<OsString> },
}

/// A command line that cannot be followed, in one line that says what can.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Misuse(String);

impl Misuse {
    fn new(complaint: impl Into<String>) -> Self {
        Self(complaint.into())
    }
}

impl fmt::Display for Misuse {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// Parses the arguments after `cargo xtask`.
pub(crate) fn parse<I>(arguments: I) -> Result<Command, Misuse>
where
    I: IntoIterator<Item = OsString>,
{
    let mut parser = lexopt::Parser::from_args(arguments);
    let refused = |complaint: &str| Err(Misuse::new(format!("{complaint}; {COMMANDS}")));
    let name = match parser.next() {
        Ok(Some(Arg::Value(name))) => name.to_string_lossy().into_owned(),
        Ok(Some(Arg::Long("help") | Arg::Short('h'))) => return Ok(Command::Help),
        Ok(Some(option)) => return refused(&format!("unknown option {}", spelled(&option))),
        Ok(None) => return refused("no command given"),
        Err(error) => return refused(&error.to_string()),
    };
    let command = match name.as_str() {
        "help" => None,
        "demo" => {
            DEMO.read(&mut parser)?.map(|given| Command::Demo { arguments: given.spelled_out() })
        }
        "test" => TEST.read(&mut parser)?.map(|given| {
            Command::Test(Choice {
                only: given.values_of("only"),
                without: given.values_of("without"),
            })
        }),
        "step" => match parser.value() {
            Ok(name) => Some(Command::Step(name.to_string_lossy().into_owned())),
            Err(error) => return refused(&error.to_string()),
        },
        "prices" => PRICES.read(&mut parser)?.map(|given| {
            Command::Prices(Versions {
                litellm: given.values_of("litellm").pop(),
                genai_prices: given.values_of("genai-prices").pop(),
            })
        }),
        "bench" => {
            BENCH.read(&mut parser)?.map(|given| Command::Bench { arguments: given.spelled_out() })
        }
        unknown => return refused(&format!("unknown command `{unknown}`")),
    };
    Ok(command.unwrap_or(Command::Help))
}

const COMMANDS: &str = "the commands are demo, test, bench, prices and help";

const DEMO: Grammar = Grammar {
    command: "demo",
    options: &[
        Allowed::once("port", "N", a_port),
        Allowed::once("duration", "SECONDS", a_positive_number),
        Allowed::once("rate", "RPS", a_positive_number),
        Allowed::once("otlp", "URL", a_url),
    ],
    argument: None,
};

const TEST: Grammar = Grammar {
    command: "test",
    options: &[Allowed::often("without", "NAME", a_step), Allowed::often("only", "NAME", a_step)],
    argument: None,
};

const BENCH: Grammar = Grammar {
    command: "bench",
    options: &[
        Allowed::once("json", "FILE", anything),
        Allowed::once("rounds", "N", a_number_of_times),
    ],
    argument: Some("AREA[/CASE]"),
};

const PRICES: Grammar = Grammar {
    command: "prices",
    options: &[
        Allowed::once("litellm", "VERSION", a_version),
        Allowed::once("genai-prices", "VERSION", a_version),
    ],
    argument: None,
};

fn a_version(value: &str) -> Result<(), String> {
    let numbers = value
        .split('.')
        .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    if numbers { Ok(()) } else { Err("a published version such as 1.2.3".to_owned()) }
}

fn a_port(value: &str) -> Result<(), String> {
    match value.parse::<u16>() {
        Ok(_) => Ok(()),
        Err(_) => Err("a port, 0 (any free one) to 65535".to_owned()),
    }
}

fn a_positive_number(value: &str) -> Result<(), String> {
    match value.parse::<f64>() {
        Ok(number) if number > 0.0 && number.is_finite() => Ok(()),
        _ => Err("a number greater than 0".to_owned()),
    }
}

fn a_number_of_times(value: &str) -> Result<(), String> {
    match value.parse::<usize>() {
        Ok(1..) => Ok(()),
        _ => Err("a whole number, 1 or more".to_owned()),
    }
}

fn a_url(value: &str) -> Result<(), String> {
    let rest = value.strip_prefix("http://").or_else(|| value.strip_prefix("https://"));
    match rest {
        Some(host) if !host.is_empty() => Ok(()),
        _ => Err("a URL such as http://127.0.0.1:4318".to_owned()),
    }
}

fn a_step(value: &str) -> Result<(), String> {
    let names: Vec<&str> = steps::ALL.iter().map(|step| step.name).collect();
    if names.contains(&value) { Ok(()) } else { Err(format!("one of {}", names.join(", "))) }
}

fn anything(_: &str) -> Result<(), String> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(OsString::from)).map_err(|misuse| misuse.to_string())
    }

    #[test]
    fn a_demo_gets_its_options_back_one_by_one() {
        let command = parsed("demo --port=8080 --rate 200 --duration 2.5 --otlp http://[::1]:4318");
        let arguments = "--port 8080 --rate 200 --duration 2.5 --otlp http://[::1]:4318";
        let arguments = arguments.split(' ').map(OsString::from).collect();
        assert_eq!(command, Ok(Command::Demo { arguments }));
    }

    #[test]
    fn steps_may_be_left_out_several_times() {
        let choice =
            Choice { only: Vec::new(), without: vec!["packages".to_owned(), "system".to_owned()] };
        assert_eq!(parsed("test --without packages --without system"), Ok(Command::Test(choice)));
    }

    #[test]
    fn a_benchmark_takes_one_area() {
        let arguments = ["--json", "rows.json", "core"].map(OsString::from).to_vec();
        assert_eq!(parsed("bench core --json rows.json"), Ok(Command::Bench { arguments }));
        let arguments = ["--rounds", "3", "core/counter"].map(OsString::from).to_vec();
        assert_eq!(parsed("bench core/counter --rounds 3"), Ok(Command::Bench { arguments }));
        assert_eq!(
            parsed("bench core http"),
            Err("unexpected argument `http`; bench takes --json FILE, --rounds N, AREA[/CASE]"
                .to_owned())
        );
    }

    #[test]
    fn prices_are_read_from_the_versions_that_are_named() {
        let versions = Versions { litellm: Some("1.110.0".to_owned()), genai_prices: None };
        assert_eq!(parsed("prices --litellm 1.110.0"), Ok(Command::Prices(versions)));
        assert_eq!(parsed("prices"), Ok(Command::Prices(Versions::default())));
        assert_eq!(
            parsed("prices --litellm latest!"),
            Err("--litellm takes a published version such as 1.2.3, not `latest!`".to_owned())
        );
    }

    #[test]
    fn help_is_given_wherever_it_is_asked_for() {
        for line in ["help", "--help", "-h", "demo --help", "test -h"] {
            assert_eq!(parsed(line), Ok(Command::Help), "{line}");
        }
    }

    #[test]
    fn a_complaint_is_one_line_that_says_what_is_allowed() {
        let complaints = [
            ("", "no command given; the commands are demo, test, bench, prices and help"),
            ("dmo", "unknown command `dmo`; the commands are demo, test, bench, prices and help"),
            (
                "--port 1",
                "unknown option --port; the commands are demo, test, bench, prices and help",
            ),
            (
                "demo --prot 1",
                "unknown option --prot; demo takes --port N, --duration SECONDS, --rate RPS, --otlp URL",
            ),
            (
                "demo -p",
                "unknown option -p; demo takes --port N, --duration SECONDS, --rate RPS, --otlp URL",
            ),
            (
                "demo now",
                "unexpected argument `now`; demo takes --port N, --duration SECONDS, --rate RPS, --otlp URL",
            ),
            ("demo --port", "--port needs a value: --port N"),
            ("demo --port 65536", "--port takes a port, 0 (any free one) to 65535, not `65536`"),
            ("demo --duration 0", "--duration takes a number greater than 0, not `0`"),
            ("demo --rate NaN", "--rate takes a number greater than 0, not `NaN`"),
            (
                "demo --otlp localhost:4318",
                "--otlp takes a URL such as http://127.0.0.1:4318, not `localhost:4318`",
            ),
            ("demo --port 1 --port 2", "--port is given twice"),
            ("bench --rounds 0", "--rounds takes a whole number, 1 or more, not `0`"),
        ];
        for (line, complaint) in complaints {
            assert_eq!(parsed(line), Err(complaint.to_owned()), "{line}");
        }
    }

    #[test]
    fn an_unknown_step_is_answered_with_the_known_ones() {
        let complaint = parsed("test --only lint").unwrap_err();
        assert!(complaint.starts_with("--only takes one of format, policy, "));
        assert!(complaint.ends_with(", not `lint`"));
    }
}
