//! [`Durations`]: how long requests took, from their spans.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hdrhistogram::Histogram;
use telemetry_core::semconv::http;
use telemetry_core::{SpanKind, SpanRef};

/// More than these many recent requests are not kept.
const MOST_RECENT: usize = 20_000;

/// The durations of all requests whose spans were recorded. A metric has them in buckets; these are
/// exact to three digits.
#[derive(Debug, Default)]
pub(super) struct Durations {
    /// In microseconds, by route.
    routes: BTreeMap<String, Histogram<u64>>,
    /// End, in nanoseconds since the Unix epoch, and duration in nanoseconds.
    recent: VecDeque<(u64, u64)>,
}

/// Below what durations, in seconds, so many of a hundred requests stayed.
#[derive(Debug, Default)]
pub(super) struct Percentiles {
    /// How many spans there were.
    pub(super) spans: u64,
    pub(super) p50: f64,
    pub(super) p95: f64,
    pub(super) p99: f64,
}

impl Durations {
    /// Takes in a span, if it is one of a request.
    pub(super) fn see(&mut self, span: &SpanRef<'_>) {
        if span.kind() != SpanKind::Server {
            return;
        }
        let nanoseconds = span.end_unix_nanos().saturating_sub(span.start_unix_nanos());
        // From a microsecond to ten minutes.
        let empty = || Histogram::new_with_bounds(1, 600_000_000, 3);
        let name = route(span);
        if !self.routes.contains_key(&name)
            && let Ok(empty) = empty()
        {
            self.routes.insert(name.clone(), empty);
        }
        if let Some(durations) = self.routes.get_mut(&name) {
            durations.saturating_record(nanoseconds / 1_000);
        }
        self.recent.push_back((span.end_unix_nanos(), nanoseconds));
        if self.recent.len() > MOST_RECENT {
            self.recent.pop_front();
        }
    }

    /// What 95 % of the requests stayed below that ended within the last `window`, in seconds.
    pub(super) fn recent_p95(&mut self, window: Duration) -> Option<f64> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let since = now.saturating_sub(window).as_nanos() as u64;
        self.recent.retain(|(end, _)| *end >= since);
        let mut durations: Vec<u64> = self.recent.iter().map(|(_, duration)| *duration).collect();
        durations.sort_unstable();
        // The smallest that at least 95 % don't exceed.
        let rank = (durations.len() * 95).div_ceil(100).checked_sub(1)?;
        durations.get(rank).map(|nanoseconds| *nanoseconds as f64 / 1e9)
    }

    /// The percentiles of a route.
    pub(super) fn of(&self, route: &str) -> Percentiles {
        let Some(durations) = self.routes.get(route) else {
            return Percentiles::default();
        };
        let seconds = |share: f64| durations.value_at_quantile(share) as f64 / 1e6;
        Percentiles {
            spans: durations.len(),
            p50: seconds(0.50),
            p95: seconds(0.95),
            p99: seconds(0.99),
        }
    }
}

/// Method and route, as the service's own counts name it.
fn route(span: &SpanRef<'_>) -> String {
    match span.attribute(http::ROUTE) {
        Some(_) => span.name().to_owned(),
        None => format!("{} (no route)", span.name()),
    }
}
