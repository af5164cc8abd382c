//! [`WholeRequest`]: one request with everything that it caused, as a tree.

use std::collections::VecDeque;

use telemetry_core::semconv::{db, gen_ai, telemetry};
use telemetry_core::{SpanKind, SpanRef, TraceId};
use telemetry_export::console::{Style, TraceTree, TreeSpan};

use crate::demo::message::Report;

/// The request that shows the most: two queries and a model.
const ROUTE: &str = "POST /tickets/{id}/reply";

/// Spans that are kept until theirs is known to be the trace that is shown.
const MOST_SPANS: usize = 4_096;

/// Looks for the first such request that went well.
#[derive(Debug, Default)]
pub(super) struct WholeRequest {
    state: State,
}

#[derive(Debug)]
enum State {
    /// Keeping the latest spans, until the root of one such request comes.
    Looking(VecDeque<Kept>),
    /// It came. Its children may be a sweep behind, if they ended on other threads.
    Waiting {
        trace: TraceId,
        spans: VecDeque<Kept>,
        ticks: u32,
    },
    /// All of it is here.
    Found(TraceTree),
    Told,
}

#[derive(Debug)]
struct Kept {
    trace: TraceId,
    is_query: bool,
    is_priced_call: bool,
    span: TreeSpan,
}

impl Default for State {
    fn default() -> Self {
        Self::Looking(VecDeque::new())
    }
}

impl WholeRequest {
    /// Takes in a span.
    pub(super) fn see(&mut self, span: &SpanRef<'_>) {
        match &mut self.state {
            State::Looking(spans) => {
                spans.push_back(Kept::of(span));
                if spans.len() > MOST_SPANS {
                    spans.pop_front();
                }
                if is_root_that_went_well(span) {
                    self.state = State::Waiting {
                        trace: span.trace_id(),
                        spans: std::mem::take(spans),
                        ticks: 0,
                    };
                }
            }
            State::Waiting { spans, .. } => spans.push_back(Kept::of(span)),
            State::Found(_) | State::Told => {}
        }
    }

    /// Called a few times a second: decides whether all of it is here.
    pub(super) fn settle(&mut self) {
        let State::Waiting { trace, spans, ticks } = &mut self.state else {
            return;
        };
        *ticks += 1;
        if *ticks < 2 {
            return;
        }
        let trace = *trace;
        let of_trace = || spans.iter().filter(|kept| kept.trace == trace);
        let queries = of_trace().filter(|kept| kept.is_query).count();
        if queries < 2 || !of_trace().any(|kept| kept.is_priced_call) {
            // Sampled out in part, or a database that shows less: the next one may have it all.
            self.state = State::default();
            return;
        }
        let mut tree = TraceTree::new(trace);
        of_trace().for_each(|kept| tree.push(kept.span.clone()));
        self.state = State::Found(tree);
    }

    /// The request, once.
    pub(super) fn take(&mut self, style: Style) -> Option<Report> {
        let State::Found(tree) = &self.state else {
            return None;
        };
        let report = Report::Request(tree.render(style));
        self.state = State::Told;
        Some(report)
    }
}

impl Kept {
    fn of(span: &SpanRef<'_>) -> Self {
        Self {
            trace: span.trace_id(),
            is_query: span.attribute(db::SYSTEM_NAME).is_some(),
            is_priced_call: span.attribute(gen_ai::USAGE_COST_AMOUNT).is_some(),
            span: line(span),
        }
    }
}

fn is_root_that_went_well(span: &SpanRef<'_>) -> bool {
    let status = span.attribute(telemetry_core::semconv::http::RESPONSE_STATUS_CODE);
    span.kind() == SpanKind::Server
        && span.name() == ROUTE
        && status.and_then(|status| status.as_i64()) == Some(200)
        && span.attribute(telemetry::OUTCOME).is_none()
}

/// The span's line, without the id of the request: it is the trace's, which is there already.
fn line(span: &SpanRef<'_>) -> TreeSpan {
    let (id, parent) = (span.span_id(), span.parent_span_id());
    let line =
        TreeSpan::new(id, parent, span.name(), span.start_unix_nanos(), span.end_unix_nanos());
    let attributes = span.attributes().filter(|(key, _)| *key != "request.id");
    attributes.fold(line, |line, (key, value)| line.attribute(key, value))
}
