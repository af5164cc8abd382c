//! Reading options, and saying in one line what is wrong with them.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use lexopt::{Arg, Parser};

use super::standard;

/// Why a program ends before its time.
#[derive(Debug)]
pub(crate) enum Problem {
    /// Its usage was asked for.
    Help,
    /// An option is wrong: exit code 2.
    Usage(String),
    /// It was asked well and couldn't: exit code 1.
    Failed(String),
    /// The same, and somebody else has already said why.
    Told,
}

impl Problem {
    /// A failure that reads as `reason`.
    pub(crate) fn failed(reason: impl fmt::Display) -> Self {
        Self::Failed(reason.to_string())
    }

    /// Tells the user, and gives the exit code.
    pub(crate) fn report(self, program: &str, usage: &str) -> ExitCode {
        match self {
            Self::Help => {
                standard::print(usage.trim_end());
                ExitCode::SUCCESS
            }
            Self::Usage(reason) => {
                standard::complain(&format!("{program}: {reason} (--help lists the options)"));
                ExitCode::from(2)
            }
            Self::Failed(reason) => {
                standard::complain(&format!("{program}: {reason}"));
                ExitCode::FAILURE
            }
            Self::Told => ExitCode::FAILURE,
        }
    }
}

impl From<lexopt::Error> for Problem {
    fn from(error: lexopt::Error) -> Self {
        Self::Usage(error.to_string())
    }
}

/// An option's value, still to be read.
pub(crate) struct Value<'a> {
    option: &'a str,
    parser: &'a mut Parser,
}

/// Reads all arguments; `take` takes the value of each option, or says that there is none of that
/// name.
pub(crate) fn read(
    arguments: impl IntoIterator<Item = OsString>,
    mut take: impl FnMut(&str, Value<'_>) -> Result<bool, Problem>,
) -> Result<(), Problem> {
    let mut parser = Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        let option = match argument {
            Arg::Long("help") | Arg::Short('h') => return Err(Problem::Help),
            Arg::Long(name) => name.to_owned(),
            other => return Err(other.unexpected().into()),
        };
        let value = Value { option: &option, parser: &mut parser };
        if !take(&option, value)? {
            return Err(Problem::Usage(format!("invalid option '--{option}'")));
        }
    }
    Ok(())
}

impl Value<'_> {
    /// A TCP port.
    pub(crate) fn port(self) -> Result<u16, Problem> {
        self.parsed("a port from 0 to 65535", |text| text.parse().ok())
    }

    /// A time in seconds, decimals allowed.
    pub(crate) fn seconds(self) -> Result<Duration, Problem> {
        self.parsed("a number of seconds above 0", |text| {
            let seconds: f64 = text.parse().ok()?;
            let duration = Duration::try_from_secs_f64(seconds).ok()?;
            (!duration.is_zero()).then_some(duration)
        })
    }

    /// Requests a second, decimals allowed.
    pub(crate) fn rate(self) -> Result<f64, Problem> {
        self.parsed("a number of requests a second from 0.01 to 100000", |text| {
            let rate = text.parse().ok();
            rate.filter(|rate| (0.01..=100_000.0).contains(rate))
        })
    }

    /// A share, from 0 to 1.
    pub(crate) fn share(self) -> Result<f64, Problem> {
        self.parsed("a share from 0 to 1", |text| {
            let share = text.parse().ok();
            share.filter(|share| (0.0..=1.0).contains(share))
        })
    }

    /// A whole number.
    pub(crate) fn number(self) -> Result<u64, Problem> {
        self.parsed("a whole number", |text| text.parse().ok())
    }

    /// An `http://` address; `https://` where `tls` says that it can be spoken.
    pub(crate) fn url(self, tls: bool) -> Result<String, Problem> {
        let wanted = if tls { "an http:// or https:// address" } else { "an http:// address" };
        self.parsed(wanted, |text| {
            let url = reqwest::Url::parse(text).ok()?;
            let spoken = url.scheme() == "http" || (tls && url.scheme() == "https");
            (spoken && url.has_host()).then(|| text.trim_end_matches('/').to_owned())
        })
    }

    /// A path.
    pub(crate) fn path(self) -> Result<PathBuf, Problem> {
        Ok(self.parser.value()?.into())
    }

    fn parsed<T>(self, wanted: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, Problem> {
        let given = self.parser.value()?;
        given.to_str().and_then(parse).ok_or_else(|| {
            let (option, given) = (self.option, given.to_string_lossy());
            Problem::Usage(format!("--{option} takes {wanted}, not '{given}'"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(arguments: &[&str]) -> Result<(u16, f64, Duration), String> {
        let mut read_values = (0, 0.0, Duration::ZERO);
        let result = read(arguments.iter().map(OsString::from), |option, value| {
            match option {
                "port" => read_values.0 = value.port()?,
                "rate" => read_values.1 = value.rate()?,
                "duration" => read_values.2 = value.seconds()?,
                _ => return Ok(false),
            }
            Ok(true)
        });
        match result {
            Ok(()) => Ok(read_values),
            Err(Problem::Usage(reason)) => Err(reason),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn options_are_read_in_both_spellings_with_decimals() {
        assert_eq!(
            reading(&["--port", "8080", "--rate=0.5", "--duration", "1.25"]),
            Ok((8080, 0.5, Duration::from_millis(1250)))
        );
    }

    #[test]
    fn what_is_wrong_is_said_in_one_line() {
        for (arguments, reason) in [
            (&["--port", "70000"][..], "--port takes a port from 0 to 65535, not '70000'"),
            (
                &["--rate", "-1"],
                "--rate takes a number of requests a second from 0.01 to 100000, not '-1'",
            ),
            (
                &["--rate", "NaN"],
                "--rate takes a number of requests a second from 0.01 to 100000, not 'NaN'",
            ),
            (&["--duration", "0"], "--duration takes a number of seconds above 0, not '0'"),
            (&["--duration", "inf"], "--duration takes a number of seconds above 0, not 'inf'"),
            (&["--speed", "9"], "invalid option '--speed'"),
            (&["--port"], "missing argument for option '--port'"),
            (&["fast"], "unexpected argument \"fast\""),
        ] {
            assert_eq!(reading(arguments), Err(reason.to_owned()));
        }
    }
}
