use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use telemetry_core::{SpanId, TraceId};

use super::TreeSpan;
use super::style::{Paint, Style, duration};
use crate::notice::cut;

/// The spans of one trace, shown as a tree with times, outcomes and costs.
///
/// ```
/// use telemetry_core::{SpanId, TraceId, semconv};
/// use telemetry_export::console::{Style, TraceTree, TreeSpan};
///
/// let trace = TraceId::parse("4bf92f3577b34da6a3ce929d0e0e4736").unwrap();
/// let [root, query] = ["00f067aa0ba902b7", "53995c3f42cd8ad8"].map(|id| SpanId::parse(id).unwrap());
/// let mut tree = TraceTree::new(trace);
/// tree.push(
///     TreeSpan::new(query, Some(root), "SELECT tickets", 1_000_000, 2_200_000)
///         .attribute(semconv::db::RESPONSE_RETURNED_ROWS, 1.into()),
/// );
/// tree.push(
///     TreeSpan::new(root, None, "GET /tickets/{id}", 0, 3_000_000)
///         .attribute(semconv::http::RESPONSE_STATUS_CODE, 200.into()),
/// );
/// assert_eq!(
///     tree.render(Style::Plain),
///     "GET /tickets/{id}  3.00 ms  200  trace 4bf92f3577b34da6a3ce929d0e0e4736\n\
///      └─ SELECT tickets  1.20 ms  1 row\n"
/// );
/// ```
#[derive(Clone, Debug)]
pub struct TraceTree {
    trace: TraceId,
    spans: Vec<TreeSpan>,
}

/// One line of a tree in the making: the span, and how it is drawn.
struct Line<'a> {
    branch: String,
    name: String,
    span: &'a TreeSpan,
}

impl Line<'_> {
    /// A name longer than this is cut.
    const NAME: usize = 60;

    fn width(&self) -> usize {
        self.branch.chars().count() + self.name.chars().count()
    }
}

impl TraceTree {
    /// The tree of a trace, still without spans.
    pub fn new(trace: TraceId) -> Self {
        Self { trace, spans: Vec::new() }
    }

    /// Adds a span, in any order.
    pub fn push(&mut self, span: TreeSpan) {
        self.spans.push(span);
    }

    /// The trace.
    pub fn trace_id(&self) -> TraceId {
        self.trace
    }

    /// The spans, in the order in which they came.
    pub fn spans(&self) -> &[TreeSpan] {
        &self.spans
    }

    /// The tree as text, a line for each span, each ended by a line feed. What children there are
    /// stands beneath their parent in the order of their starts; a span whose parent isn't here
    /// stands at the left. The line of the first carries the trace id, and the sum of all costs when
    /// several spans have one.
    pub fn render(&self, style: Style) -> String {
        let lines = self.lines();
        let width = lines.iter().map(Line::width).max().unwrap_or(0);
        let times = lines.iter().map(|line| duration(line.span.nanos()));
        let times: Vec<String> = times.collect();
        let time_width = times.iter().map(|time| time.chars().count()).max();
        let time_width = time_width.unwrap_or(0);
        let mut out = String::new();
        for (index, (line, time)) in lines.iter().zip(&times).enumerate() {
            let paint = if line.span.is_error() { Paint::Bad } else { Paint::Strong };
            let room = width - line.width();
            let branch = style.paint(Paint::Dim, &line.branch);
            let name = style.paint(paint, &line.name);
            let _ = write!(out, "{branch}{name}{:room$}  {time:>time_width$}", "");
            for detail in line.span.details(style) {
                let _ = write!(out, "  {detail}");
            }
            if index == 0 {
                self.put_summary(&mut out, style);
            }
            out.push('\n');
        }
        out
    }

    fn put_summary(&self, out: &mut String, style: Style) {
        let costs: Vec<f64> = self.spans.iter().filter_map(TreeSpan::dollars).collect();
        if costs.len() > 1 {
            // Amounts have at most twelve decimals; what is beyond is the adding's own error.
            let sum = (costs.iter().sum::<f64>() * 1e12).round() / 1e12;
            let _ = write!(out, "  {}", style.paint(Paint::Notice, format!("${sum} in all")));
        }
        let trace = format!("trace {}", self.trace);
        let _ = write!(out, "  {}", style.paint(Paint::Dim, trace));
    }

    /// The spans in the order in which they are shown.
    fn lines(&self) -> Vec<Line<'_>> {
        let mut children = HashMap::<Option<SpanId>, Vec<&TreeSpan>>::new();
        let known: HashSet<SpanId> = self.spans.iter().map(TreeSpan::id).collect();
        for span in &self.spans {
            // A span that is its own parent would never be reached.
            let parent = span.parent().filter(|parent| *parent != span.id());
            let parent = parent.filter(|parent| known.contains(parent));
            children.entry(parent).or_default().push(span);
        }
        for siblings in children.values_mut() {
            siblings.sort_by_key(|span| (span.start_unix_nanos(), span.id()));
        }
        let mut lines = Vec::with_capacity(self.spans.len());
        // Spans still to be shown, the next one last, with the lines drawn to their left.
        let mut open: Vec<(&TreeSpan, String, String)> = Vec::new();
        let mut roots = children.remove(&None).unwrap_or_default();
        // Spans that are each other's parents are beneath no root; they are shown all the same.
        loop {
            open.extend(roots.drain(..).rev().map(|root| (root, String::new(), String::new())));
            while let Some((span, branch, beneath)) = open.pop() {
                let name = cut(span.name(), Line::NAME);
                lines.push(Line { branch, name, span });
                let siblings = children.remove(&Some(span.id())).unwrap_or_default();
                let last = siblings.len().saturating_sub(1);
                for (index, child) in siblings.into_iter().enumerate().rev() {
                    let (corner, line) =
                        if index == last { ("└─ ", "   ") } else { ("├─ ", "│  ") };
                    open.push((child, format!("{beneath}{corner}"), format!("{beneath}{line}")));
                }
            }
            let Some(key) = children.keys().next().copied() else {
                return lines;
            };
            roots = children.remove(&key).unwrap_or_default();
        }
    }
}
