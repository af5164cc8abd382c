//! [`Findings`]: what the database layer found by itself, from the events that tell of it.

use std::collections::{HashMap, VecDeque};

use telemetry_core::semconv::db;
use telemetry_core::{LogRef, SpanKind, SpanRef, TraceId};
use telemetry_db::names;

use crate::demo::message::{LongWait, RepeatedQuery};

/// Queries that run once for each row of another one, and long waits for a connection.
#[derive(Debug, Default)]
pub(super) struct Findings {
    repeated: Vec<(Option<TraceId>, RepeatedQuery)>,
    waits: Vec<(Option<TraceId>, LongWait)>,
    routes: Routes,
}

/// Both kinds are told of a few times a minute at most; a demo that runs all day keeps the first ones.
const MOST: usize = 500;

/// The routes of the latest traces. An event comes before the end of its request, so that the route is
/// looked for at the end.
#[derive(Debug, Default)]
struct Routes {
    /// Of the traces that are told of.
    of: HashMap<TraceId, String>,
    latest: VecDeque<(TraceId, String)>,
}

impl Findings {
    /// Takes in a span, for its route.
    pub(super) fn see_span(&mut self, span: &SpanRef<'_>) {
        if span.kind() == SpanKind::Server {
            self.routes.add(span.trace_id(), span.name());
        }
    }

    /// Takes in an event, if it is one of these.
    pub(super) fn see(&mut self, event: &LogRef<'_>) {
        let attribute =
            |key: &str| event.attributes().find_map(|(name, value)| (name == key).then_some(value));
        let text = |key| attribute(key).map(|value| value.to_string()).unwrap_or_default();
        let number = |key| {
            attribute(key).and_then(|value| value.as_i64()).unwrap_or_default().unsigned_abs()
        };
        let trace = event.trace_id();
        match event.event_name() {
            names::N_PLUS_ONE if self.repeated.len() < MOST => {
                let found = RepeatedQuery {
                    summary: text(db::QUERY_SUMMARY),
                    repeats: number(names::REPEATS),
                    source_summary: text(names::SOURCE_SUMMARY),
                    source_rows: number(names::SOURCE_ROWS),
                    route: String::new(),
                };
                self.routes.watch(trace);
                self.repeated.push((trace, found));
            }
            names::POOL_EXHAUSTED if self.waits.len() < MOST => {
                let holders = text(names::POOL_HOLDERS);
                let holders: Vec<String> = serde_json::from_str(&holders).unwrap_or_default();
                let holder = holders.into_iter().next().unwrap_or_default();
                let wait_seconds = attribute(names::WAIT_TIME).and_then(|value| value.as_f64());
                let found = LongWait {
                    pool: text(db::CLIENT_CONNECTION_POOL_NAME),
                    wait_seconds: wait_seconds.unwrap_or_default(),
                    route: String::new(),
                    holder,
                    holder_route: String::new(),
                };
                self.routes.watch(trace);
                self.routes.watch(trace_of(&found.holder));
                self.waits.push((trace, found));
            }
            _ => {}
        }
    }

    /// One of each query, with its route.
    pub(super) fn repeated_queries(&self) -> Vec<RepeatedQuery> {
        let mut found: Vec<RepeatedQuery> = Vec::new();
        for (trace, query) in &self.repeated {
            let route = self.routes.of(*trace);
            if !found.iter().any(|known| known.summary == query.summary && known.route == route) {
                let (summary, source_summary) =
                    (query.summary.clone(), query.source_summary.clone());
                found.push(RepeatedQuery { summary, source_summary, route, ..*query });
            }
        }
        found
    }

    /// The longest first, with their routes.
    pub(super) fn long_waits(&self) -> Vec<LongWait> {
        let with_routes = self.waits.iter().map(|(trace, wait)| LongWait {
            pool: wait.pool.clone(),
            wait_seconds: wait.wait_seconds,
            route: self.routes.of(*trace),
            holder_route: self.routes.of(trace_of(&wait.holder)),
            holder: without_trace(&wait.holder).to_owned(),
        });
        let mut waits: Vec<LongWait> = with_routes.collect();
        waits.sort_by(|one, other| other.wait_seconds.total_cmp(&one.wait_seconds));
        waits
    }
}

/// What a holder is told as ends with its trace and its span.
const TRACE: &str = ", trace ";

fn without_trace(holder: &str) -> &str {
    holder.split(TRACE).next().unwrap_or_default()
}

fn trace_of(holder: &str) -> Option<TraceId> {
    TraceId::parse(holder.split(TRACE).nth(1)?.split(' ').next()?)
}

impl Routes {
    const LATEST: usize = 1_000;

    fn add(&mut self, trace: TraceId, route: &str) {
        if let Some(known) = self.of.get_mut(&trace) {
            route.clone_into(known);
        }
        if self.latest.len() >= Self::LATEST {
            self.latest.pop_front();
        }
        self.latest.push_back((trace, route.to_owned()));
    }

    fn watch(&mut self, trace: Option<TraceId>) {
        let Some(trace) = trace else { return };
        let known = self.latest.iter().rfind(|(known, _)| *known == trace);
        let route = known.map(|(_, route)| route.clone()).unwrap_or_default();
        self.of.entry(trace).or_insert(route);
    }

    fn of(&self, trace: Option<TraceId>) -> String {
        let route = trace.and_then(|trace| self.of.get(&trace)).filter(|route| !route.is_empty());
        route.map_or_else(|| "(unknown)".to_owned(), Clone::clone)
    }
}
