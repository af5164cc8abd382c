//! [`SlowQueries`]: the queries that took over 100 ms, from the events that tell of them.

use std::collections::BTreeMap;

use telemetry_core::LogRef;
use telemetry_core::semconv::db;
use telemetry_db::names;

use crate::demo::message::SlowQuery;

/// By what they do.
#[derive(Debug, Default)]
pub(super) struct SlowQueries {
    kinds: BTreeMap<String, Kind>,
}

#[derive(Debug, Default)]
struct Kind {
    runs: u64,
    total_seconds: f64,
    longest_seconds: f64,
}

impl SlowQueries {
    /// Takes in an event, if it tells of a slow query.
    pub(super) fn see(&mut self, event: &LogRef<'_>) {
        if event.event_name() != names::SLOW_QUERY {
            return;
        }
        let attribute =
            |key: &str| event.attributes().find_map(|(name, value)| (name == key).then_some(value));
        let seconds =
            attribute(names::DURATION).and_then(|value| value.as_f64()).unwrap_or_default();
        let summary =
            attribute(db::QUERY_SUMMARY).map_or_else(|| "?".to_owned(), |value| value.to_string());
        let kind = self.kinds.entry(summary).or_default();
        kind.runs += 1;
        kind.total_seconds += seconds;
        kind.longest_seconds = kind.longest_seconds.max(seconds);
    }

    /// All kinds, those first that took the most time together.
    pub(super) fn summary(&self) -> Vec<SlowQuery> {
        let mut kinds: Vec<(&String, &Kind)> = self.kinds.iter().collect();
        kinds.sort_by(|one, other| other.1.total_seconds.total_cmp(&one.1.total_seconds));
        let rows = kinds.into_iter().map(|(summary, kind)| SlowQuery {
            summary: summary.clone(),
            runs: kind.runs,
            mean_seconds: kind.total_seconds / kind.runs.max(1) as f64,
            longest_seconds: kind.longest_seconds,
        });
        rows.collect()
    }
}
