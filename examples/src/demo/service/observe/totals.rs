//! [`Totals`]: requests by route, from the metric that counts them all.

use std::collections::BTreeMap;

use telemetry_core::semconv::{http, telemetry};
use telemetry_core::{AttributeSet, HistogramPoint, MetricData, MetricSnapshot};

/// The requests of one route. Complete whatever is sampled: metrics count every request.
#[derive(Debug, Default)]
pub(super) struct Totals {
    pub(super) requests: u64,
    /// Answers that were given in full, by status.
    pub(super) answered: BTreeMap<u16, u64>,
    /// Answers with a status of 500 or above.
    pub(super) errors: u64,
    /// Requests whose client left before the end of the answer.
    pub(super) hung_up: u64,
}

/// All routes.
pub(super) fn by_route(metrics: &MetricSnapshot) -> BTreeMap<String, Totals> {
    let mut routes = BTreeMap::<String, Totals>::new();
    let durations = metrics.metric("http.server.request.duration");
    if let Some(MetricData::Histogram { points, .. }) = durations.map(|metric| &metric.data) {
        for point in points {
            routes.entry(route(&point.attributes)).or_default().add(point);
        }
    }
    routes
}

impl Totals {
    fn add(&mut self, point: &HistogramPoint) {
        let count = point.count();
        let status: u16 = label(&point.attributes, http::RESPONSE_STATUS_CODE)
            .and_then(|status| status.parse().ok())
            .unwrap_or_default();
        self.requests += count;
        if status >= 500 {
            self.errors += count;
        }
        match label(&point.attributes, telemetry::OUTCOME).as_deref() {
            None => *self.answered.entry(status).or_default() += count,
            Some("client_disconnected") => self.hung_up += count,
            Some(_) => {}
        }
    }
}

/// Method and route, as the service's own counts name it.
fn route(labels: &AttributeSet) -> String {
    let method = label(labels, http::REQUEST_METHOD).unwrap_or_default();
    let route = label(labels, http::ROUTE);
    format!("{method} {}", route.as_deref().unwrap_or("(no route)"))
}

fn label(labels: &AttributeSet, key: &str) -> Option<String> {
    labels.iter().find_map(|(name, value)| (name == key).then(|| value.to_string()))
}
