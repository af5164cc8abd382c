use std::sync::Mutex;
use std::time::Duration;

use telemetry_core::{
    Event, Pipeline, Scope, Severity, Span, SpanBuilder, SpanId, SpanKind, TraceId, semconv,
};

use super::*;

static SCOPE: Scope = Scope::new("shop", "1.0.0");

/// What was written, shared with the sink's thread.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<u8>>>);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

const ALL: Signals = Signals { spans: true, logs: true, metrics: Some(Duration::from_secs(3600)) };

/// What a console shows of some work, and the pipeline's account of it.
fn shown(work: impl FnOnce(&Pipeline)) -> (String, telemetry_core::Ledger) {
    let screen = Screen::default();
    let sink = ConsoleSink::new(screen.clone(), Style::Plain, ALL);
    let pipeline = Pipeline::builder().sink(Box::new(sink)).build().unwrap();
    pipeline.scoped(|| work(&pipeline));
    assert!(pipeline.shutdown(Duration::from_secs(10)).is_complete());
    let text = String::from_utf8(screen.0.lock().unwrap().clone()).unwrap();
    (text, pipeline.ledger())
}

fn id(number: u64) -> SpanId {
    SpanId::from_bytes(number.to_be_bytes()).unwrap()
}

fn trace() -> TraceId {
    TraceId::parse("4bf92f3577b34da6a3ce929d0e0e4736").unwrap()
}

#[test]
fn a_request_is_shown_as_a_tree_with_times_outcomes_and_costs() {
    const MS: u64 = 1_000_000;
    let mut tree = TraceTree::new(trace());
    let query = |span, start, rows: i64| {
        TreeSpan::new(id(span), Some(id(1)), "SELECT tickets", start, start + MS)
            .attribute(semconv::db::RESPONSE_RETURNED_ROWS, rows.into())
    };
    let chat = |span, parent, cost: f64| {
        TreeSpan::new(id(span), Some(id(parent)), "chat gpt-4o", 10 * MS, 1200 * MS)
            .attribute(semconv::gen_ai::USAGE_OUTPUT_TOKENS, 96.into())
            .attribute(semconv::gen_ai::USAGE_INPUT_TOKENS, 812.into())
            .attribute(semconv::gen_ai::RESPONSE_MODEL, "gpt-4o".into())
            .attribute(semconv::gen_ai::USAGE_COST_AMOUNT, cost.into())
            .attribute(semconv::gen_ai::USAGE_COST_CURRENCY, "USD".into())
    };
    tree.push(chat(5, 4, 0.1));
    tree.push(chat(6, 1, 0.2).attribute(semconv::error::TYPE, "429".into()).failed(""));
    tree.push(query(3, 5 * MS, 1));
    tree.push(query(2, 2 * MS, 40));
    tree.push(TreeSpan::new(id(4), Some(id(1)), "reply", 9 * MS, 1201 * MS).failed("out of luck"));
    tree.push(
        TreeSpan::new(id(1), None, "POST /tickets/{id}/reply", 0, 1240 * MS)
            .attribute("order.id", 17.into())
            .attribute(semconv::url::PATH, "/tickets/9/reply".into())
            .attribute(semconv::network::PROTOCOL_VERSION, "1.1".into())
            .attribute(semconv::http::RESPONSE_STATUS_CODE, 502.into())
            .failed(""),
    );
    let expected = "\
POST /tickets/{id}/reply   1.24 s  error  502  /tickets/9/reply  order.id=17  $0.3 in all  trace 4bf92f3577b34da6a3ce929d0e0e4736
├─ SELECT tickets         1.00 ms  40 rows
├─ SELECT tickets         1.00 ms  1 row
├─ reply                   1.19 s  out of luck
│  └─ chat gpt-4o          1.19 s  812 tokens in  96 tokens out  $0.1
└─ chat gpt-4o             1.19 s  429  812 tokens in  96 tokens out  $0.2
";
    assert_eq!(tree.render(Style::Plain), expected);
    let coloured = tree.render(Style::Coloured);
    assert!(coloured.contains("\u{1b}[31m502\u{1b}[0m"), "{coloured}");
}

#[test]
fn a_cost_in_another_currency_is_shown_but_not_added() {
    let span = TreeSpan::new(id(1), None, "chat", 0, 1)
        .attribute(semconv::gen_ai::USAGE_COST_CURRENCY, "EUR".into())
        .attribute(semconv::gen_ai::USAGE_COST_AMOUNT, 0.5.into());
    let mut tree = TraceTree::new(trace());
    tree.push(span.clone());
    tree.push(span);
    let text = tree.render(Style::Plain);
    assert!(text.contains("0.5 EUR") && !text.contains("in all"), "{text}");
}

#[test]
fn spans_without_their_parent_and_in_a_circle_are_all_shown() {
    let mut tree = TraceTree::new(trace());
    for (span, parent) in [(1, 99), (2, 1), (3, 4), (4, 3), (5, 5)] {
        tree.push(TreeSpan::new(id(span), Some(id(parent)), &format!("s{span}"), span, span));
    }
    let text = tree.render(Style::Plain);
    assert_eq!(text.lines().count(), 5, "{text}");
    assert!(text.starts_with("s1"), "{text}");
    assert!(text.contains("\n└─ s2"), "{text}");
    assert_eq!(TraceTree::new(trace()).render(Style::Plain), "");
}

#[test]
fn a_deep_trace_is_rendered_without_recursion() {
    let mut tree = TraceTree::new(trace());
    for span in 1..=20_000 {
        tree.push(TreeSpan::new(id(span), (span > 1).then(|| id(span - 1)), "s", span, span));
    }
    // Indentation grows with depth; the first lines say enough.
    assert_eq!(tree.spans().len(), 20_000);
    let first = &tree.spans()[..200];
    let mut top = TraceTree::new(trace());
    first.iter().cloned().for_each(|span| top.push(span));
    assert_eq!(top.render(Style::Plain).lines().count(), 200);
}

#[test]
fn what_others_wrote_does_not_reach_the_terminal_as_control() {
    let (text, _) = shown(|_| {
        let mut span = SpanBuilder::new(&SCOPE, "evil\u{1b}[2J").start();
        span.set("note", "a\u{1b}]0;title\u{7}\nb");
        span.set("key\u{1b}", "x");
        span.set_error("type\u{1b}[0m");
        span.in_scope(|| {
            let event = Event::new(&SCOPE, "happened\r").body("line\nline\u{1b}[1m");
            event.attribute("k\u{8}", "v\u{7f}").emit();
        });
        drop(span);
    });
    let controls = text.chars().filter(|character| character.is_control() && *character != '\n');
    assert_eq!(controls.count(), 0, "{text:?}");
    assert_eq!(text.lines().count(), 2, "{text}");
}

#[test]
fn logs_are_lines_and_traces_trees_once_their_root_has_ended() {
    let (text, ledger) = shown(|pipeline| {
        let root = SpanBuilder::new(&SCOPE, "GET /orders").kind(SpanKind::Server).start();
        root.in_scope(|| {
            SpanBuilder::new(&SCOPE, "SELECT orders").start().end();
            let event = Event::new(&SCOPE, "order.placed").severity(Severity::Warn);
            event.body("placed").attribute("lines", 3).emit();
        });
        drop::<Span>(root);
        pipeline.meter(&SCOPE).counter("orders").build().add(2, &[("country", "fr".into())]);
    });
    let lines: Vec<&str> = text.lines().collect();
    let log = lines.iter().find(|line| line.contains("order.placed")).unwrap();
    assert!(log.contains("WARN  order.placed  placed  lines=3  trace "), "{log}");
    let root = lines.iter().position(|line| line.starts_with("GET /orders")).unwrap();
    assert!(lines[root + 1].starts_with("└─ SELECT orders"), "{text}");
    assert!(lines.iter().any(|line| line.trim() == "orders{country=fr} 2"), "{text}");
    assert!(ledger.balances());
    let console = &ledger.sinks[0];
    assert_eq!((console.spans.exported, console.logs.exported, console.points.exported), (2, 1, 1));
}

#[test]
fn more_traces_than_an_eye_can_follow_are_counted_as_dropped_and_said() {
    let (text, ledger) = shown(|_| {
        for _ in 0..100 {
            SpanBuilder::new(&SCOPE, "work").root().start().end();
        }
    });
    let trees = text.lines().filter(|line| line.starts_with("work")).count() as u64;
    let spans = ledger.sinks[0].spans;
    assert_eq!((spans.exported, spans.exported + spans.dropped), (trees, 100));
    assert!(trees < 100 && text.contains("more traces, not shown"), "{text}");
    assert!(ledger.balances());
}

#[test]
fn memory_for_open_traces_is_bounded_and_what_has_no_room_is_counted() {
    let screen = Screen::default();
    let mut sink = ConsoleSink::new(screen, Style::Plain, ALL);
    sink.traces = Traces::with_capacity(10_000);
    let pipeline = Pipeline::builder().sink(Box::new(sink)).build().unwrap();
    pipeline.scoped(|| {
        // Roots that don't end: their children wait for them.
        for _ in 0..200 {
            let root = SpanBuilder::new(&SCOPE, "root").root().start();
            root.in_scope(|| SpanBuilder::new(&SCOPE, "child").start().end());
            std::mem::forget(root);
        }
    });
    assert!(pipeline.shutdown(Duration::from_secs(10)).is_complete());
    let ledger = pipeline.ledger();
    let spans = ledger.sinks[0].spans;
    assert!(spans.dropped > 100, "{ledger}");
    assert_eq!(spans.exported + spans.dropped, 200);
}
