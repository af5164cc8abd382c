//! What telemetry takes is bounded where a budget is set: detail is lowered, step by step and said aloud,
//! and comes back.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use telemetry_core::testing::Capture;
use telemetry_core::view::counter;
use telemetry_core::{
    CpuBudget, Event, Notice, Pipeline, Sampler, Scope, Severity, SpanBuilder, propagation, span,
};

use crate::support::Headers;

static SCOPE: Scope = Scope::new("test", "1");

/// A machine that does much else takes its time; a pipeline that is wrong takes for ever.
const PATIENCE: Duration = Duration::from_secs(60);

/// Any work is too much for it.
fn tiny() -> CpuBudget {
    CpuBudget::percent_of_a_core(1e-6).unwrap().window(Duration::from_millis(10))
}

/// Makes spans and calls `done` after each hundred, until it is.
fn work_until(capture: &Capture, what: &str, mut done: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < PATIENCE, "{what}");
        capture.run(|| (0..100).for_each(|_| span!("work").in_scope(|| ())));
    }
}

fn step(capture: &Capture) -> f64 {
    capture.metrics().sum("telemetry.detail.step", &[])
}

/// A pipeline at its last step, which its budget keeps it at.
fn lowered(builder: telemetry_core::PipelineBuilder) -> Capture {
    let capture = Capture::with(builder.cpu_budget(tiny()));
    work_until(&capture, "the last step", || step(&capture) >= 6.0);
    capture
}

#[test]
fn detail_is_lowered_one_step_after_the_other_and_each_is_said() {
    let (say, said) = mpsc::channel();
    let builder = Pipeline::builder().cpu_budget(tiny()).on_notice(move |notice| {
        let _ = say.send(notice.clone());
    });
    let capture = Capture::with(builder);
    let mut steps = Vec::new();
    work_until(&capture, "six notices", || {
        steps.extend(said.try_iter());
        steps.len() >= 6
    });
    for (number, notice) in (0..).zip(&steps) {
        let Notice::DetailChanged { from, to, used_percent } = notice else {
            panic!("{notice:?}");
        };
        assert_eq!((*from, *to), (number, number + 1));
        assert!(*used_percent >= 100, "{notice}");
    }
    let last = steps.last().unwrap().to_string();
    assert!(last.contains("one in 256") && last.contains("step 6 of 6"), "{last}");
    assert!(capture.metrics().sum("telemetry.cpu.budget.utilization", &[]) > 1.0);
    // Only the last of them is kept.
    let kept = capture.pipeline().notices();
    assert_eq!(kept.len(), 1, "{kept:?}");
    capture.assert_ledger_balances();
}

#[test]
fn detail_comes_back_when_there_is_enough_left() {
    // An idle pipeline takes a small part of it, any load a multiple.
    let budget = CpuBudget::percent_of_a_core(2.0).unwrap().window(Duration::from_millis(100));
    let capture = Capture::with(Pipeline::builder().cpu_budget(budget));
    work_until(&capture, "a first step", || step(&capture) >= 1.0);
    let begun = Instant::now();
    while step(&capture) > 0.0 {
        assert!(begun.elapsed() < PATIENCE, "detail comes back");
        std::thread::sleep(Duration::from_millis(50));
    }
    capture.run(|| span!("after").in_scope(|| ()));
    assert_eq!(capture.spans_named("after").len(), 1);
}

#[test]
fn what_is_kept_of_the_traces_says_how_many_it_stands_for_and_views_count_all() {
    let builder = Pipeline::builder().view(counter("works").of_span("counted"));
    let capture = lowered(builder);
    let spans = 50_000;
    capture.run(|| {
        for number in 0..spans {
            span!("counted").in_scope(|| span!("inner").in_scope(|| ()));
            // So that no ring runs full.
            if number % 1000 == 0 {
                capture.flush();
            }
        }
    });
    capture.flush();
    assert!(step(&capture) >= 6.0, "the budget holds it there");
    assert_eq!(capture.metrics().sum("works", &[]), f64::from(spans));
    let (counted, inner) = (capture.spans_named("counted"), capture.spans_named("inner"));
    assert_eq!(counted.len(), inner.len(), "traces are kept whole");
    assert!(counted.iter().all(|span| span.trace_state.contains("ot=th:ff")), "{:?}", counted[0]);
    // Six standard deviations around one in 256.
    assert!((110..=280).contains(&counted.len()), "{}", counted.len());
    capture.assert_ledger_balances();
}

#[test]
fn what_another_service_has_flagged_and_what_is_asked_for_is_kept() {
    let capture = lowered(Pipeline::builder());
    let headers =
        Headers::of(&[("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")]);
    capture.run(|| {
        let remote = propagation::extract(&headers);
        for _ in 0..50 {
            SpanBuilder::new(&SCOPE, "flagged").parent(&remote).start().end();
        }
    });
    assert_eq!(capture.spans_named("flagged").len(), 50);
}

#[test]
fn with_every_sampler_a_trace_is_kept_whole_or_not_at_all() {
    let capture = lowered(Pipeline::builder().sampler(Sampler::AlwaysOn));
    capture.run(|| {
        for _ in 0..3000 {
            span!("outer").in_scope(|| span!("inner").in_scope(|| ()));
        }
    });
    let traces = |name: &str| {
        let mut traces: Vec<_> =
            capture.spans_named(name).into_iter().map(|span| span.trace_id).collect();
        traces.sort();
        traces
    };
    assert_eq!(traces("outer"), traces("inner"));
}

#[test]
fn failures_are_logged_at_every_step_and_what_is_below_a_warning_is_not() {
    let capture = lowered(Pipeline::builder());
    capture.run(|| {
        for severity in [Severity::Debug, Severity::Info, Severity::Warn, Severity::Error] {
            Event::new(&SCOPE, "said").severity(severity).emit();
        }
    });
    let severities: Vec<_> = capture.events().iter().map(|log| log.severity).collect();
    assert_eq!(severities, [Severity::Warn, Severity::Error]);
    let ledger = capture.ledger();
    assert_eq!((ledger.logs.ended, ledger.logs.sampled_out), (4, 2), "{ledger}");
}

#[test]
fn without_a_budget_nothing_is_lowered_and_nothing_said() {
    let capture = Capture::start();
    capture.run(|| (0..1000).for_each(|_| span!("work").in_scope(|| ())));
    assert_eq!(capture.spans_named("work").len(), 1000);
    assert!(capture.metrics().metric("telemetry.detail.step").is_none());
    assert!(capture.pipeline().notices().is_empty());
}
