use std::error::Error;
use std::{fmt, io};

use telemetry_core::testing::{Capture, CapturedLog};
use telemetry_core::{Pipeline, Severity, Status, span};

use super::{bridged, one};

const SECRET: &str = "hunter2S3cr3t";

/// What went wrong and why, with a secret in each.
#[derive(Debug)]
struct NoReceipt(io::Error);

impl NoReceipt {
    fn new() -> Self {
        Self(io::Error::new(io::ErrorKind::TimedOut, format!("token={SECRET} was refused")))
    }
}

impl fmt::Display for NoReceipt {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "no answer from https://app:{SECRET}@printer")
    }
}

impl Error for NoReceipt {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

const MESSAGE: &str = "no answer from https://***@printer: token=*** was refused";

fn assert_is_exception(log: &CapturedLog) {
    assert_eq!((log.event_name.as_str(), log.severity), ("exception", Severity::Error));
    assert_eq!(log.attribute("exception.message").unwrap(), &MESSAGE);
    assert_eq!(log.attribute("error.type").unwrap(), &"timeout");
    assert_eq!(log.attribute("exception.type"), None, "nobody knows it");
    assert_eq!(log.attribute("error"), None, "it is told once");
    assert!(!format!("{log:?}").contains(SECRET));
}

#[test]
fn an_error_event_with_an_error_is_an_exception_of_its_span_without_its_secrets() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    let error = NoReceipt::new();
    capture.run(|| {
        tracing::info_span!("print").in_scope(|| {
            tracing::error!(error = &error as &dyn Error, copies = 2, "no receipt");
        });
        let receipt = tracing::info_span!("receipt");
        let boxed: Box<dyn Error + Send + Sync> = Box::new(NoReceipt::new());
        tracing::error!(parent: &receipt, error = &*boxed);
    });
    let (print, receipt) = (one(&capture, "print"), one(&capture, "receipt"));
    let logs = capture.events();
    logs.iter().for_each(assert_is_exception);
    let ids: Vec<_> = logs.iter().map(|log| (log.trace_id, log.span_id)).collect();
    let of =
        |span: &telemetry_core::testing::CapturedSpan| (Some(span.trace_id), Some(span.span_id));
    assert_eq!(ids, [of(&print), of(&receipt)]);
    assert_eq!((&*logs[0].body, logs[0].attribute("copies").unwrap()), ("no receipt", &2.into()));
    assert!(print.events.is_empty() && receipt.events.is_empty(), "nobody asked for them");
    assert_eq!(print.status, Status::Unset, "an error that was dealt with is no failure");
    capture.assert_ledger_balances();
}

#[test]
fn span_events_of_it_come_besides_when_they_are_asked_for() {
    let capture = Capture::with(Pipeline::builder().exception_span_events(true));
    let _subscriber = bridged();
    let error = NoReceipt::new();
    capture.run(|| {
        tracing::info_span!("print").in_scope(|| {
            tracing::error!(error = &error as &dyn Error, "no receipt");
            span!("native").in_scope(|| tracing::error!(error = &error as &dyn Error));
        });
        let receipt = tracing::info_span!("receipt");
        tracing::error!(parent: &receipt, error = &error as &dyn Error);
    });
    for name in ["print", "receipt"] {
        let span = one(&capture, name);
        assert_eq!(span.events.len(), 1, "{span:?}");
        assert_eq!(span.events[0].name, "exception");
        assert_eq!(span.events[0].attribute("exception.message").unwrap(), &MESSAGE);
        assert!(!format!("{span:?}").contains(SECRET));
    }
    assert!(one(&capture, "native").events.is_empty(), "it isn't `tracing`'s");
    let logs = capture.events();
    logs.iter().for_each(assert_is_exception);
    assert_eq!(logs.len(), 3);
}

#[test]
fn what_has_a_name_or_another_level_or_is_written_out_stays_what_it_is() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    let error = io::Error::new(io::ErrorKind::TimedOut, "no answer");
    capture.run(|| {
        tracing::error!(name: "receipt.lost", { error = &error as &dyn Error }, "no receipt");
        tracing::warn!(error = &error as &dyn Error, "once more");
        tracing::error!(%error, "no receipt");
        tracing::error!(cause = &error as &dyn Error, "no receipt");
    });
    let logs = capture.events();
    let text = |at: usize, key| logs[at].attribute(key).map(ToString::to_string);
    assert_eq!(logs[0].event_name, "receipt.lost");
    assert_eq!(text(0, "exception.message").unwrap(), "no answer");
    for (at, key) in [(1, "error"), (2, "error"), (3, "cause")] {
        assert_eq!(logs[at].event_name, "");
        assert_eq!(text(at, key).unwrap(), "no answer");
        assert_eq!(text(at, "exception.message"), None);
    }
}

/// Panics when it is asked for its cause, unless it has none.
#[derive(Debug)]
struct Broken {
    has_cause: bool,
}

impl fmt::Display for Broken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("so far")
    }
}

impl Error for Broken {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        assert!(!self.has_cause, "planted");
        None
    }
}

/// Tells of itself whenever it is written.
#[derive(Debug)]
struct TellsItself;

impl fmt::Display for TellsItself {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        tracing::error!(error = self as &dyn Error, "again");
        out.write_str("told")
    }
}

impl Error for TellsItself {}

#[test]
fn an_error_that_panics_or_tells_of_itself_costs_nothing_else() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    let broken = Broken { has_cause: true };
    capture.run(|| {
        tracing::error!(error = &broken as &dyn Error, copies = 2, "no receipt");
        tracing::error!(error = &TellsItself as &dyn Error, copies = 3, "no receipt");
    });
    let logs = capture.events();
    let of = |copies: i64| {
        logs.iter().find(|log| log.attribute("copies").is_some_and(|it| *it == copies)).unwrap()
    };
    assert_eq!(of(2).attribute("error").unwrap(), &"so far");
    assert_eq!(of(3).attribute("exception.message").unwrap(), &"told");
    capture.assert_ledger_balances();
}
