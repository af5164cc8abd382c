use std::collections::{BTreeMap, BTreeSet};

use crate::otlp::Span;

/// The spans of one trace.
#[derive(Debug, Clone)]
pub struct Trace<'a> {
    /// In the order in which they came.
    pub spans: Vec<&'a Span>,
}

/// The spans by their trace.
pub fn traces(spans: &[Span]) -> BTreeMap<&str, Trace<'_>> {
    let mut traces = BTreeMap::new();
    for span in spans {
        let trace = traces.entry(span.trace_id.as_str());
        trace.or_insert_with(|| Trace { spans: Vec::new() }).spans.push(span);
    }
    traces
}

impl<'a> Trace<'a> {
    /// The spans without a parent in this process.
    pub fn roots(&self) -> Vec<&'a Span> {
        let is_root = |span: &&Span| span.parent_span_id.is_empty() || span.has_remote_parent();
        self.spans.iter().copied().filter(is_root).collect()
    }

    /// The spans right below this one, by their start.
    pub fn children(&self, of: &Span) -> Vec<&'a Span> {
        let is_child = |span: &&Span| span.parent_span_id == of.span_id;
        let mut children: Vec<&Span> = self.spans.iter().copied().filter(is_child).collect();
        children.sort_by_key(|span| span.start);
        children
    }

    /// What keeps it from being a tree whose parents last as long as their children; empty for one
    /// that is. `callers` are spans of other processes, which may be parents of the root.
    pub fn problems(&self, callers: &BTreeSet<String>) -> Vec<String> {
        let mut problems = Vec::new();
        let mut known: BTreeMap<&str, &Span> = BTreeMap::new();
        for span in &self.spans {
            if known.insert(&span.span_id, span).is_some() {
                problems.push(format!("a span came twice: {span:?}"));
            }
        }
        let roots = self.roots();
        if roots.len() != 1 {
            problems.push(format!("{} roots: {roots:?}", roots.len()));
        }
        for span in &self.spans {
            if span.end < span.start {
                problems.push(format!("it ends before it starts: {span:?}"));
            }
            if span.parent_span_id.is_empty() {
                continue;
            }
            match known.get(span.parent_span_id.as_str()) {
                Some(parent) if parent.start <= span.start && span.end <= parent.end => {}
                Some(parent) => problems.push(format!("{span:?} is not within {parent:?}")),
                None if span.has_remote_parent() && callers.contains(&span.parent_span_id) => {}
                None => problems.push(format!("an orphan: {span:?}")),
            }
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// Of `(trace, span, parent, flags, start, end)`.
    fn spans(rows: &[(&str, &str, &str, u32, u64, u64)]) -> Vec<Span> {
        let span = |&(trace, span, parent, flags, start, end): &(_, _, _, _, u64, u64)| {
            let (start, end) = (start.to_string(), end.to_string());
            serde_json::from_value(json!({
                "trace_id": trace, "span_id": span, "parent_span_id": parent, "flags": flags,
                "name": "", "kind": "SERVER", "start": start, "end": end,
                "status": { "code": "UNSET", "message": "" }, "attributes": {},
                "duplicate_keys": [], "dropped_attributes": 0, "resource": {},
                "scope": { "name": "", "version": "" },
            }))
            .unwrap()
        };
        rows.iter().map(span).collect()
    }

    fn problems(rows: &[(&str, &str, &str, u32, u64, u64)]) -> Vec<String> {
        let spans = spans(rows);
        let callers = BTreeSet::from(["caller".to_owned()]);
        traces(&spans).values().flat_map(|trace| trace.problems(&callers)).collect()
    }

    #[test]
    fn a_tree_has_no_problems() {
        let rows = [("t", "b", "a", 0x101, 2, 9), ("t", "a", "", 0x101, 1, 9)];
        assert_eq!(problems(&rows), Vec::<String>::new());
        let rows = [("t", "a", "caller", 0x301, 1, 9), ("u", "a", "", 1, 1, 1)];
        assert_eq!(problems(&rows), Vec::<String>::new());
    }

    #[test]
    fn what_is_no_tree_is_noticed() {
        for (rows, problem) in [
            (&[("t", "a", "", 1, 1, 2), ("t", "b", "", 1, 1, 2)][..], "2 roots"),
            (&[("t", "a", "", 1, 1, 2), ("u", "b", "a", 1, 1, 2)], "0 roots"),
            (&[("t", "a", "", 1, 1, 2), ("t", "b", "c", 1, 1, 2)], "an orphan"),
            (&[("t", "a", "stranger", 0x301, 1, 2)], "an orphan"),
            (&[("t", "a", "caller", 0x101, 1, 2)], "0 roots"),
            (&[("t", "a", "", 1, 2, 1)], "ends before"),
            (&[("t", "a", "", 1, 1, 2), ("t", "b", "a", 1, 1, 3)], "is not within"),
            (&[("t", "a", "", 1, 1, 2), ("t", "b", "a", 1, 0, 2)], "is not within"),
            (&[("t", "a", "", 1, 1, 2), ("t", "a", "", 1, 1, 2)], "came twice"),
        ] {
            let found = problems(rows);
            assert!(found.iter().any(|one| one.contains(problem)), "{problem}: {found:?}");
        }
    }
}
