//! What was captured, as a failed expectation shows it: one line each, spans beneath their parents.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use super::{CapturedLog, CapturedSpan, OwnedValue};
use crate::context::SpanId;
use crate::metric::MetricSnapshot;

/// More lines say less.
const MAX_LINES: usize = 100;

pub(super) fn list_spans(spans: &[CapturedSpan]) -> String {
    let present = |id: SpanId| spans.iter().any(|span| span.span_id == id);
    let mut list = List::default();
    for span in spans.iter().filter(|span| span.parent_span_id.is_none_or(|id| !present(id))) {
        branch(&mut list, spans, span, 1);
    }
    list.finish("no spans")
}

fn branch(list: &mut List, spans: &[CapturedSpan], span: &CapturedSpan, depth: usize) {
    list.line(depth, &format!("{}{}", one_span(span), inline(&span.attributes)));
    if depth < MAX_LINES {
        for child in spans.iter().filter(|child| child.parent_span_id == Some(span.span_id)) {
            branch(list, spans, child, depth + 1);
        }
    }
}

pub(super) fn list_logs(logs: &[CapturedLog]) -> String {
    let mut list = List::default();
    for log in logs {
        list.line(1, &format!("{}{}", one_log(log), inline(&log.attributes)));
    }
    list.finish("no log records")
}

pub(super) fn list_metrics(metrics: &MetricSnapshot) -> String {
    let mut list = List::default();
    for metric in &metrics.metrics {
        list.line(1, &format!("{} ({} series)", metric.name, metric.data.points()));
    }
    list.finish("no metrics")
}

pub(super) fn list_attributes(attributes: &BTreeMap<String, OwnedValue>) -> String {
    let mut list = List::default();
    for (key, value) in attributes {
        list.line(1, &format!("{key} = {value:?}"));
    }
    list.finish("none")
}

/// A span in a few words.
pub(super) fn one_span(span: &CapturedSpan) -> String {
    let took = Duration::from_nanos(span.end_unix_nanos.saturating_sub(span.start_unix_nanos));
    let failed = if span.status.is_error() { ", failed" } else { "" };
    format!("span {:?} ({}, {}, {took:?}{failed})", span.name, span.span_id, span.kind.as_str())
}

/// A log record in a few words.
pub(super) fn one_log(log: &CapturedLog) -> String {
    if log.event_name.is_empty() {
        format!("log record {:?} ({})", log.body, log.severity.as_str())
    } else {
        format!("event {:?} ({})", log.event_name, log.severity.as_str())
    }
}

fn inline(attributes: &BTreeMap<String, OwnedValue>) -> String {
    let mut text = String::new();
    for (key, value) in attributes {
        let _ = write!(text, " {key}={value}");
    }
    text
}

#[derive(Default)]
struct List {
    text: String,
    lines: usize,
}

impl List {
    fn line(&mut self, depth: usize, text: &str) {
        self.lines += 1;
        if self.lines <= MAX_LINES {
            let _ = write!(self.text, "\n{:indent$}{text}", "", indent = depth * 2);
        }
    }

    fn finish(mut self, nothing: &str) -> String {
        if self.lines == 0 {
            return format!(" {nothing}");
        }
        if self.lines > MAX_LINES {
            let _ = write!(self.text, "\n  and {} more", self.lines - MAX_LINES);
        }
        self.text
    }
}
