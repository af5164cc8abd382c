//! [`Command`]: what the arguments ask for.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;

use lexopt::{Arg, Parser, ValueExt};

use crate::cases;
use crate::failure::Failure;
use crate::tally::Shape;

/// What the arguments ask for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Print how to use the program.
    Help,
    /// Compare the sides of the selected cases.
    Compare(Selection),
    /// Be one side of a case; what the program starts itself with, and a profiler.
    Side {
        /// Area and name.
        case: String,
        /// The side's name.
        side: String,
        /// Measured bursts, if not the case's own number.
        bursts: Option<u32>,
    },
    /// Be the receiver of a side that sends OTLP; what that side starts.
    Receive {
        /// What an operation leaves behind.
        shape: Shape,
        /// Where to stay.
        core: Option<usize>,
    },
    /// Call a service from this process, for a side that is called over TCP.
    Call {
        /// Where the service listens.
        address: SocketAddr,
        /// What is asked for.
        path: String,
        /// The core to stay on.
        core: Option<usize>,
    },
    /// Be the provider whose model a side calls over TCP; what that side starts.
    Answer {
        /// The core to stay on.
        core: Option<usize>,
    },
}

/// Which cases, and what becomes of their rows.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    /// The cases of this area; all without it.
    pub(crate) area: Option<String>,
    /// The cases whose names contain this; all without it.
    pub(crate) case: Option<String>,
    /// Where to write the rows as JSON.
    pub(crate) json: Option<PathBuf>,
    /// How often each side runs, if not as often as a claim needs.
    pub(crate) rounds: Option<usize>,
}

/// Reads the arguments.
pub(crate) fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, Failure> {
    let mut parser = Parser::from_args(arguments);
    let mut selection = Selection::default();
    let mut words = Vec::new();
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("help") | Arg::Short('h') => return Ok(Command::Help),
            Arg::Long("json") => selection.json = Some(parser.value()?.into()),
            Arg::Long("rounds") => {
                let rounds: usize = parser.value()?.parse()?;
                selection.rounds = Some(rounds.max(1));
            }
            Arg::Value(word) => words.push(word.string()?),
            other => return Err(other.unexpected().into()),
        }
    }
    let mut words = words.into_iter();
    match words.next() {
        Some(word) if word == "side" => side(words),
        Some(word) if word == "receive" => receive(words),
        Some(word) if word == "call" => call(words),
        Some(word) if word == "answer" => answer(words),
        word => {
            selection.area = word;
            selection.case = words.next();
            // `core/request` is one word for callers that pass on only one.
            if let Some((area, case)) = selection.area.as_deref().and_then(|it| it.split_once('/'))
            {
                selection.case = Some(case.to_owned());
                selection.area = Some(area.to_owned());
            }
            match words.next() {
                Some(word) => Err(format!("unexpected argument `{word}`").into()),
                None => Ok(Command::Compare(selection)),
            }
        }
    }
}

fn side(mut words: impl Iterator<Item = String>) -> Result<Command, Failure> {
    let (Some(case), Some(side)) = (words.next(), words.next()) else {
        return Err("`side` takes AREA/CASE, the side's name and perhaps a number of bursts".into());
    };
    let bursts = words.next().map(|word| word.parse()).transpose()?;
    Ok(Command::Side { case, side, bursts })
}

fn call(mut words: impl Iterator<Item = String>) -> Result<Command, Failure> {
    let (Some(address), Some(path)) = (words.next(), words.next()) else {
        return Err("`call` takes an address and a path".into());
    };
    let core = words.next().map(|word| word.parse()).transpose()?;
    Ok(Command::Call { address: address.parse()?, path, core })
}

fn answer(mut words: impl Iterator<Item = String>) -> Result<Command, Failure> {
    Ok(Command::Answer { core: words.next().map(|word| word.parse()).transpose()? })
}

fn receive(mut words: impl Iterator<Item = String>) -> Result<Command, Failure> {
    let (Some(spans), Some(attributes)) = (words.next(), words.next()) else {
        return Err("`receive` takes an operation's spans and their attributes".into());
    };
    let shape = Shape::spans(spans.parse()?, attributes.parse()?);
    let core = words.next().map(|word| word.parse()).transpose()?;
    Ok(Command::Receive { shape, core })
}

/// How to use the program.
pub(crate) fn help() -> String {
    let cases: String = cases::ALL.iter().map(|case| format!("  {}\n", case.path())).collect();
    format!("{USAGE}\nThe cases:\n{cases}")
}

const USAGE: &str = "\
telemetry-bench [--json FILE] [--rounds N] [AREA [CASE]]
    Run ours and its peers side by side and print what each costs.
      --json FILE   write the rows as JSON too
      --rounds N    run each side N times, not as often as a claim needs
      AREA          only this area; AREA/CASE does as one word
      CASE          only cases whose names contain this

telemetry-bench side AREA/CASE SIDE [BURSTS]
    Run one side in this very process, for a profiler.
";

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, String> {
        parse(line.split_whitespace().map(OsString::from)).map_err(|failure| failure.to_string())
    }

    fn selected(area: Option<&str>, case: Option<&str>) -> Selection {
        Selection {
            area: area.map(str::to_owned),
            case: case.map(str::to_owned),
            ..Selection::default()
        }
    }

    #[test]
    fn an_area_and_a_case_may_be_two_words_or_one() {
        for line in ["core request", "core/request"] {
            let expected = selected(Some("core"), Some("request"));
            assert_eq!(parsed(line), Ok(Command::Compare(expected)));
        }
        assert_eq!(
            parsed("--json rows.json core"),
            Ok(Command::Compare(Selection {
                json: Some("rows.json".into()),
                ..selected(Some("core"), None)
            }))
        );
    }

    #[test]
    fn a_side_is_named_in_full() {
        let side =
            |bursts| Command::Side { case: "core/x".to_owned(), side: "ours".to_owned(), bursts };
        assert_eq!(parsed("side core/x ours"), Ok(side(None)));
        assert_eq!(parsed("side core/x ours 7"), Ok(side(Some(7))));
        assert!(parsed("side core/x").is_err());
    }

    #[test]
    fn a_receiver_knows_what_it_counts_and_where_it_stays() {
        let shape = Shape::spans(3, 6);
        assert_eq!(parsed("receive 3 6"), Ok(Command::Receive { shape, core: None }));
        assert_eq!(parsed("receive 3 6 1"), Ok(Command::Receive { shape, core: Some(1) }));
        assert!(parsed("receive 3").is_err());
    }

    #[test]
    fn a_caller_knows_whom_it_calls() {
        let address = SocketAddr::from(([127, 0, 0, 1], 80));
        let path = "/orders/17".to_owned();
        assert_eq!(
            parsed("call 127.0.0.1:80 /orders/17 1"),
            Ok(Command::Call { address, path, core: Some(1) })
        );
        assert!(parsed("call").is_err() && parsed("call 127.0.0.1:80").is_err());
        assert!(parsed("call hello.example /").is_err());
    }

    #[test]
    fn a_provider_knows_where_it_stays() {
        assert_eq!(parsed("answer 1"), Ok(Command::Answer { core: Some(1) }));
        assert_eq!(parsed("answer"), Ok(Command::Answer { core: None }));
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        for line in ["--jsn rows.json", "core a b", "--rounds many"] {
            assert!(parsed(line).is_err(), "{line}");
        }
    }
}
