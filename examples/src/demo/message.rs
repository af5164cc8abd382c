//! What the processes tell each other: one JSON object per line of standard output.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What the service tells while it runs, and at its end.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Report {
    /// One whole request as a tree of several lines, told once.
    Request(String),
    /// How it goes, told twice a second.
    Progress(Progress),
    /// All in all, told last.
    Summary(Box<Summary>),
}

/// How it goes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Progress {
    /// Requests a second, over the last seconds.
    pub(crate) per_second: f64,
    /// The duration that 95 % of the last seconds' requests stayed below; none without requests.
    pub(crate) p95_seconds: Option<f64>,
    /// Answers with a status of 500 or above since the start.
    pub(crate) errors: u64,
    /// US dollars since the start, as an exact decimal.
    pub(crate) spend: String,
}

/// What telemetry saw.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Summary {
    /// Whether telemetry was on at all.
    pub(crate) enabled: bool,
    /// By route.
    pub(crate) routes: Vec<RouteSummary>,
    /// From the spans of queries, by what they do: where their time went.
    pub(crate) query_times: Vec<QueryTimes>,
    /// From the events of slow queries, by what they do.
    pub(crate) slow_queries: Vec<SlowQuery>,
    /// From the events of one query for each row of another one.
    pub(crate) repeated_queries: Vec<RepeatedQuery>,
    /// From the events of long waits for a connection.
    pub(crate) long_waits: Vec<LongWait>,
    /// From the exact sums of the calls to models, by tenant.
    pub(crate) tenants: Vec<TenantSpend>,
    /// The same sums by provider and model.
    pub(crate) models: Vec<ModelSpend>,
    /// What the service counted by itself.
    pub(crate) own: ServiceCounts,
    /// Where every record went.
    pub(crate) ledger: LedgerSummary,
}

/// The requests of one route: counts from the metrics, durations from the spans.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RouteSummary {
    pub(crate) route: String,
    pub(crate) requests: u64,
    /// Answers given in full, by status.
    pub(crate) answered: BTreeMap<u16, u64>,
    /// Answers with a status of 500 or above.
    pub(crate) errors: u64,
    /// Requests whose client left before the end of the answer.
    pub(crate) hung_up: u64,
    /// How many of the requests have a span.
    pub(crate) spans: u64,
    pub(crate) p50_seconds: f64,
    pub(crate) p95_seconds: f64,
    pub(crate) p99_seconds: f64,
}

/// Where the time of one kind of query went, on average.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct QueryTimes {
    /// The convention's summary: what it does to which tables.
    pub(crate) summary: String,
    pub(crate) runs: u64,
    /// For a connection.
    pub(crate) wait_seconds: f64,
    /// From there to the first row, or to the result.
    pub(crate) first_row_seconds: f64,
    /// For the rows after it.
    pub(crate) stream_seconds: f64,
    /// Between two rows: sqlx decodes them.
    pub(crate) decode_seconds: f64,
}

/// One query for each row of another one.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct RepeatedQuery {
    pub(crate) summary: String,
    /// How often it had run when it was noticed.
    pub(crate) repeats: u64,
    pub(crate) source_summary: String,
    pub(crate) source_rows: u64,
    /// On which it was found.
    pub(crate) route: String,
}

/// A long wait for a connection, and who had it.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LongWait {
    pub(crate) pool: String,
    pub(crate) wait_seconds: f64,
    /// The route that waited.
    pub(crate) route: String,
    /// Who had the connection for the longest time, what was done with it, and from where.
    pub(crate) holder: String,
    /// The route of the one who had it.
    pub(crate) holder_route: String,
}

/// The slow runs of one kind of query.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SlowQuery {
    /// The convention's summary: what it does to which tables.
    pub(crate) summary: String,
    pub(crate) runs: u64,
    pub(crate) mean_seconds: f64,
    pub(crate) longest_seconds: f64,
}

/// What one tenant spent on AI.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct TenantSpend {
    pub(crate) tenant: String,
    pub(crate) calls: u64,
    pub(crate) failed_calls: u64,
    pub(crate) unpriced_calls: u64,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    /// US dollars, an exact decimal.
    pub(crate) cost: String,
}

/// What was spent on one model.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ModelSpend {
    pub(crate) provider: String,
    pub(crate) model: String,
    pub(crate) calls: u64,
    pub(crate) failed_calls: u64,
    pub(crate) unpriced_calls: u64,
    /// Calls whose cost rests on an assumption.
    pub(crate) estimated_calls: u64,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    /// Seconds that machines ran, where those are billed.
    pub(crate) machine_seconds: f64,
    /// US dollars, an exact decimal.
    pub(crate) cost: String,
}

/// The ledger, in numbers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct LedgerSummary {
    pub(crate) signals: Vec<SignalAccount>,
    pub(crate) sinks: Vec<SinkAccount>,
    /// Whether all accounts are equal on both sides.
    pub(crate) balances: bool,
}

impl LedgerSummary {
    /// Whether every record of a signal went to the sinks: none was sampled out, none dropped.
    pub(crate) fn has_all(&self, signal: &str) -> bool {
        let mut accounts = self.signals.iter().filter(|account| account.signal == signal);
        accounts.all(|account| account.ended == account.accepted)
    }
}

/// One signal: `ended` is the sum of the others.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SignalAccount {
    pub(crate) signal: String,
    pub(crate) ended: u64,
    pub(crate) sampled_out: u64,
    pub(crate) dropped: u64,
    /// In a ring or held.
    pub(crate) under_way: u64,
    pub(crate) accepted: u64,
}

/// One signal of one sink: `accepted` is the sum of the others.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct SinkAccount {
    pub(crate) sink: String,
    pub(crate) signal: String,
    pub(crate) accepted: u64,
    pub(crate) exported: u64,
    pub(crate) dropped: u64,
    pub(crate) rejected: u64,
    pub(crate) queued: u64,
}

/// What the service counts outside telemetry, by route; `GET /demo/counts` shows it.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct ServiceCounts {
    pub(crate) routes: BTreeMap<String, ServiceRoute>,
}

/// One route at the service: `started` is `ended` and what is under way, and `ended` the sum of the
/// others.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct ServiceRoute {
    pub(crate) started: u64,
    pub(crate) ended: u64,
    /// Answers given in full, by status.
    pub(crate) answered: BTreeMap<u16, u64>,
    /// Requests whose handler or answer was dropped before its end.
    pub(crate) cut_short: u64,
}

/// What the clients count, by route; printed by `demo-client` at its end.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct ClientCounts {
    /// How long requests were sent.
    pub(crate) seconds: f64,
    pub(crate) routes: BTreeMap<String, ClientRoute>,
}

/// One route at the clients: `started` is the sum of the others.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub(crate) struct ClientRoute {
    /// Requests sent.
    pub(crate) started: u64,
    /// Answers read in full, by status.
    pub(crate) answered: BTreeMap<u16, u64>,
    /// Requests that were left before the end of the answer, on purpose.
    pub(crate) hung_up: u64,
    /// Requests that got no answer, or less than all of it.
    pub(crate) failed: u64,
}
