//! [`Times`]: where the time of queries went, from their spans.

use std::collections::BTreeMap;

use telemetry_core::SpanRef;
use telemetry_core::semconv::db;
use telemetry_db::names;

use crate::demo::message::QueryTimes;

/// By what they do, of which the service has a dozen kinds.
#[derive(Debug, Default)]
pub(super) struct Times {
    kinds: BTreeMap<String, Kind>,
}

/// Sums, in seconds.
#[derive(Debug, Default)]
struct Kind {
    runs: u64,
    wait: f64,
    first_row: f64,
    stream: f64,
    caller: f64,
}

impl Kind {
    fn total(&self) -> f64 {
        self.wait + self.first_row + self.stream + self.caller
    }
}

impl Times {
    /// Takes in a span, if it is that of a query.
    pub(super) fn see(&mut self, span: &SpanRef<'_>) {
        let Some(summary) = span.attribute(db::QUERY_SUMMARY) else { return };
        let seconds =
            |key| span.attribute(key).and_then(|value| value.as_f64()).unwrap_or_default();
        let kind = self.kinds.entry(summary.to_string()).or_default();
        kind.runs += 1;
        kind.wait += seconds(names::WAIT_TIME);
        kind.first_row += seconds(names::FIRST_ROW_TIME);
        kind.stream += seconds(names::STREAM_TIME);
        kind.caller += seconds(names::CALLER_TIME);
    }

    /// All kinds, those first that took the most time together.
    pub(super) fn summary(&self) -> Vec<QueryTimes> {
        let mut kinds: Vec<(&String, &Kind)> = self.kinds.iter().collect();
        kinds.sort_by(|one, other| other.1.total().total_cmp(&one.1.total()));
        let rows = kinds.into_iter().map(|(summary, kind)| {
            let mean = |sum: f64| sum / kind.runs.max(1) as f64;
            QueryTimes {
                summary: summary.clone(),
                runs: kind.runs,
                wait_seconds: mean(kind.wait),
                first_row_seconds: mean(kind.first_row),
                stream_seconds: mean(kind.stream),
                decode_seconds: mean(kind.caller),
            }
        });
        rows.collect()
    }
}
