use std::fmt;
use std::io;
use std::panic::catch_unwind;

use telemetry_core::error::capture_panics;
use telemetry_core::testing::{Capture, CapturedLog};
use telemetry_core::{Exception, Pipeline, Severity, Span, Status, span};

const SECRET: &str = "hunter2S3cr3t";

/// An error whose message and whose cause's message have secrets in them.
#[derive(Debug)]
struct Leaky(io::Error);

impl Leaky {
    fn new() -> Self {
        Self(io::Error::other(format!("token={SECRET} was refused")))
    }
}

impl fmt::Display for Leaky {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "can't connect to postgres://app:{SECRET}@db/shop")
    }
}

impl std::error::Error for Leaky {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

fn one(capture: &Capture) -> CapturedLog {
    let mut logs = capture.events();
    assert_eq!(logs.len(), 1);
    logs.remove(0)
}

#[test]
fn an_exception_is_a_log_record_of_its_span_with_type_message_and_class() {
    let capture = Capture::start();
    capture.run(|| {
        let mut span = span!("work").start();
        let error = io::Error::new(io::ErrorKind::TimedOut, "no answer");
        span.record_exception(&Exception::of(&error));
        span.end();
    });
    let (span, log) = (&capture.spans()[0], one(&capture));
    assert_eq!((log.event_name.as_str(), log.severity), ("exception", Severity::Error));
    assert_eq!((log.trace_id, log.span_id), (Some(span.trace_id), Some(span.span_id)));
    assert_eq!(log.attribute("exception.type").unwrap(), &"std::io::error::Error");
    assert_eq!(log.attribute("exception.message").unwrap(), &"no answer");
    assert_eq!(log.attribute("error.type").unwrap(), &"timeout");
    assert!(span.events.is_empty(), "span events are only for who asks for them");
    assert_eq!(span.status, Status::Unset, "an error that was dealt with is no failure");
}

#[test]
fn a_message_tells_its_causes_and_none_of_its_secrets() {
    let capture = Capture::start();
    capture.run(|| Exception::of(&Leaky::new()).emit());
    let log = one(&capture);
    let message = log.attribute("exception.message").unwrap().to_string();
    assert_eq!(message, "can't connect to postgres://***@db/shop: token=*** was refused");
    assert!(!format!("{log:?}").contains(SECRET));
}

#[test]
fn a_long_message_is_cut() {
    let error = io::Error::other("x".repeat(100_000));
    assert!(Exception::of(&error).message().len() <= 2048);
}

#[test]
fn span_events_come_besides_when_they_are_asked_for() {
    let capture = Capture::with(Pipeline::builder().exception_span_events(true));
    capture.run(|| {
        let mut span = span!("work").start();
        span.record_exception(&Exception::of(&Leaky::new()));
        span.end();
    });
    let event = &capture.spans()[0].events[0];
    assert_eq!(event.name, "exception");
    let message = event.attribute("exception.message").unwrap().to_string();
    assert!(message.contains("token=***") && !message.contains(SECRET), "{message}");
    assert_eq!(one(&capture).attribute("exception.message").unwrap(), &message.as_str());
}

#[test]
fn errors_of_unknown_type_have_a_message_and_no_type() {
    let capture = Capture::start();
    capture.run(|| Exception::of(&anyhow::anyhow!("no more of it").context("packing")).emit());
    let log = one(&capture);
    assert_eq!(log.attribute("exception.message").unwrap(), &"packing: no more of it");
    assert_eq!(log.attribute("exception.type"), None);
}

#[test]
fn the_place_where_an_error_arose_is_told_when_it_is_known() {
    let capture = Capture::start();
    let backtrace = std::backtrace::Backtrace::force_capture();
    capture.run(|| Exception::of(&io::Error::other("no")).backtrace(&backtrace).emit());
    let trace = one(&capture).attribute("exception.stacktrace").unwrap().to_string();
    assert!(trace.contains("the_place_where_an_error_arose") && trace.len() <= 8192, "{trace}");
}

#[test]
fn each_panic_is_one_log_record_with_its_place_and_its_span() {
    capture_panics();
    capture_panics();
    let capture = Capture::start();
    let line = capture.run(|| {
        let _ = catch_unwind(|| {
            span!("work").in_scope(|| panic!("password={SECRET} of order {}", 17));
        });
        line!() - 2
    });
    let (span, log) = (&capture.spans()[0], one(&capture));
    assert_eq!(span.attribute("telemetry.outcome").unwrap(), &"panicked");
    assert_eq!((log.event_name.as_str(), log.severity), ("exception", Severity::Error));
    assert_eq!((log.trace_id, log.span_id), (Some(span.trace_id), Some(span.span_id)));
    assert_eq!(log.attribute("exception.type").unwrap(), &"panic");
    assert_eq!(log.attribute("exception.message").unwrap(), &"password=*** of order 17");
    assert_eq!(log.attribute("code.line.number").unwrap(), &i64::from(line));
    let file = log.attribute("code.file.path").unwrap().to_string();
    assert!(file.ends_with("exceptions_are_log_records.rs"), "{file}");
    let thread = log.attribute("thread.name").unwrap().to_string();
    assert!(thread.contains("each_panic_is_one_log_record"), "{thread}");
}

#[test]
fn a_panic_of_no_text_and_of_no_span_is_recorded_too() {
    capture_panics();
    let capture = Capture::start();
    capture.run(|| {
        let _ = catch_unwind(|| std::panic::panic_any(17));
    });
    let log = one(&capture);
    assert_eq!(log.attribute("exception.message").unwrap(), &"a panic without a text");
    assert_eq!(log.span_id, None);
}

#[test]
fn a_panic_while_a_span_is_lent_to_others_is_recorded_once_for_each() {
    capture_panics();
    let capture = Capture::start();
    capture.run(|| {
        for _ in 0..3 {
            let _ = catch_unwind(|| {
                span!("work").in_scope(|| {
                    Span::current_set("key", 1);
                    panic!("again");
                })
            });
        }
    });
    assert_eq!(capture.events().len(), 3);
    capture.assert_ledger_balances();
}
