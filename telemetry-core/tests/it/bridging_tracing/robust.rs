use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;

use telemetry_core::bridge;
use telemetry_core::testing::Capture;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use super::{bridged, one};

struct Panics;

impl fmt::Debug for Panics {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("so far ")?;
        assert!(out.alternate(), "planted");
        Ok(())
    }
}

#[test]
fn a_value_that_panics_while_it_is_written_costs_nothing_else() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        let span =
            tracing::info_span!("work", bad = ?Panics, late = tracing::field::Empty, good = 1);
        span.record("late", tracing::field::debug(Panics));
        span.in_scope(|| {
            tracing::info!(bad = ?Panics, good = 2, "with a value");
            tracing::info!(good = 3, "{:?}", Panics);
            tracing::info!(monotonic_counter.bad = 1_u64, label = ?Panics);
        });
    });
    let span = one(&capture, "work");
    assert_eq!(span.attribute("good").unwrap(), &1);
    for key in ["bad", "late"] {
        assert_eq!(span.attribute(key).unwrap(), &"so far [panicked]");
    }
    let events = capture.events();
    assert_eq!(events[0].attribute("bad").unwrap(), &"so far [panicked]");
    assert_eq!(
        (&*events[0].body, events[0].attribute("good").unwrap()),
        ("with a value", &2.into())
    );
    assert_eq!(
        (&*events[1].body, events[1].attribute("good").unwrap()),
        ("so far [panicked]", &3.into())
    );
    assert_eq!(capture.metrics().sum("bad", &[("label", "so far [panicked]")]), 1.0);
    capture.assert_ledger_balances();
}

#[test]
fn a_panic_within_a_span_ends_it_and_leaves_the_context_as_it_was() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    capture.run(|| {
        tracing::info_span!("outer").in_scope(|| {
            let inner = || tracing::info_span!("inner").in_scope(|| panic!("planted"));
            assert!(catch_unwind(AssertUnwindSafe(inner)).is_err());
            tracing::info!("after");
        });
    });
    let outer = one(&capture, "outer");
    assert_eq!(one(&capture, "inner").parent_span_id, Some(outer.span_id));
    assert_eq!(capture.events()[0].span_id, Some(outer.span_id));
}

/// Logs itself whenever it is written.
struct LogsItself<'a> {
    written: &'a Cell<usize>,
}

impl fmt::Debug for LogsItself<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.written.set(self.written.get() + 1);
        assert!(self.written.get() < 100, "there is no end to it");
        tracing::info!(value = ?self, "while it is written");
        tracing::info_span!("within", value = ?self).in_scope(|| ());
        tracing::Span::current().record("late", 1);
        out.write_str("written")
    }
}

#[test]
fn a_value_that_logs_itself_neither_deadlocks_nor_recurses_for_ever() {
    // `tracing` guards against it within a subscriber of one thread; the program's own has no such
    // guard, so this needs a process.
    const MARK: &str = "BRIDGE_OWN_PROCESS";
    if std::env::var_os(MARK).is_none() {
        let name = "bridging_tracing::robust::a_value_that_logs_itself_neither_deadlocks_nor_recurses_for_ever";
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", name, "--nocapture"]).env(MARK, "1");
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{text}");
        return;
    }
    tracing_subscriber::registry().with(bridge::tracing::layer()).init();
    let capture = Capture::start();
    let written = Cell::new(0);
    capture.run(|| {
        let value = LogsItself { written: &written };
        let span = tracing::info_span!("outer", late = tracing::field::Empty, value = ?value);
        span.in_scope(|| {
            span.record("late", tracing::field::debug(&value));
            tracing::info!(?value, "{:?}", value);
        });
    });
    let outer = one(&capture, "outer");
    assert_eq!(outer.attribute("value").unwrap(), &"written");
    assert!(outer.attribute("late").is_some());
    let events = capture.events();
    assert!(events.iter().any(|event| event.body == "written"));
    let unwritten =
        |value: &telemetry_core::testing::OwnedValue| value.to_string().contains("[logged");
    assert!(events.iter().any(|event| event.attributes.values().any(unwritten)));
    capture.assert_ledger_balances();
}

/// Writes without end, as long as somebody takes it.
struct Endless<'a> {
    pieces: &'a Cell<usize>,
}

impl fmt::Debug for Endless<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        loop {
            self.pieces.set(self.pieces.get() + 1);
            out.write_str("ééééé")?;
        }
    }
}

#[test]
fn a_field_is_bounded_and_cut_between_characters() {
    let (capture, _subscriber) = (Capture::start(), bridged());
    let pieces = Cell::new(0);
    capture.run(|| {
        let long = format!("x{}", "é".repeat(50_000));
        let endless = Endless { pieces: &pieces };
        let span = tracing::info_span!("work", otel.name = %format!("work {long}"), ?endless);
        span.record("undeclared", &*long);
        drop(span);
        tracing::info!(long, ?endless, "{endless:?}");
    });
    assert!(pieces.get() < 10_000, "{}", pieces.get());
    let span = capture.spans().remove(0);
    assert!(span.name.len() <= 8 * 1024 && span.name.ends_with('é'));
    let event = capture.events().remove(0);
    for text in [span.attribute("endless"), event.attribute("long"), event.attribute("endless")] {
        let length = text.unwrap().to_string().len();
        assert!((8 * 1024 - 2..=8 * 1024).contains(&length), "{length}");
    }
    assert!(event.body.len() > 1_000 && event.body.len() <= 8 * 1024);
    assert_eq!(event.body.replace('é', ""), "");
    capture.assert_ledger_balances();
}

thread_local! {
    static IS_TALKING: Cell<bool> = const { Cell::new(false) };
}

/// Logs and makes spans within whatever happens to a span, as libraries do that are called there.
struct Talkative;

impl Talkative {
    fn talk(about: &str) {
        if !IS_TALKING.replace(true) {
            tracing::info!(about, "talks");
            tracing::info_span!("talks").in_scope(|| tracing::info!("within"));
            IS_TALKING.set(false);
        }
    }
}

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Talkative {
    fn on_new_span(
        &self,
        _: &tracing::span::Attributes<'_>,
        _: &tracing::span::Id,
        _: tracing_subscriber::layer::Context<'_, S>,
    ) {
        Self::talk("new");
    }

    fn on_enter(&self, _: &tracing::span::Id, _: tracing_subscriber::layer::Context<'_, S>) {
        Self::talk("enter");
    }

    fn on_exit(&self, _: &tracing::span::Id, _: tracing_subscriber::layer::Context<'_, S>) {
        Self::talk("exit");
    }

    fn on_close(&self, _: tracing::span::Id, _: tracing_subscriber::layer::Context<'_, S>) {
        Self::talk("close");
    }
}

/// In tracing-opentelemetry #250 a span was entered under a lock on what the registry keeps of it, and what
/// was called there logged through `tracing` again, which wanted the same lock.
#[test]
fn layers_that_log_while_a_span_is_entered_neither_deadlock_nor_are_lost() {
    const MARK: &str = "BRIDGE_OWN_PROCESS";
    if std::env::var_os(MARK).is_none() {
        let name = "bridging_tracing::robust::layers_that_log_while_a_span_is_entered_neither_deadlock_nor_are_lost";
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", name, "--nocapture"]).env(MARK, "1");
        let output = command.output().unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{text}");
        assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"), "{text}");
        return;
    }
    std::thread::spawn(|| {
        // Far longer than it takes: it hangs then.
        std::thread::sleep(std::time::Duration::from_secs(60));
        eprintln!("it hangs");
        std::process::exit(1);
    });
    let subscriber = tracing_subscriber::registry().with(Talkative);
    subscriber.with(bridge::tracing::layer()).with(Talkative).init();
    let capture = Capture::start();
    capture.run(|| {
        let span = tracing::info_span!("outer");
        span.in_scope(|| tracing::info!("inside"));
    });
    assert_eq!(capture.spans_named("outer").len(), 1);
    // Two layers, at four points.
    let talks = capture.spans_named("talks").len();
    let logs = capture.events().iter().filter(|log| log.body == "talks").count();
    assert_eq!((talks, logs), (8, 8));
    capture.assert_ledger_balances();
}
