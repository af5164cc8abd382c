//! The rest of the summary: what is read from the pipeline rather than seen by the sink.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use telemetry_ai::{Decimal, SpendRow};
use telemetry_core::{Ledger, MetricSnapshot, Signal};

use super::{Observations, totals};
use crate::demo::message::{
    LedgerSummary, LongWait, QueryTimes, RepeatedQuery, RouteSummary, SignalAccount, SinkAccount,
    SlowQuery, TenantSpend,
};

impl Observations {
    /// The requests by route, the busiest first: counts from the metrics, durations from the spans.
    pub(in super::super) fn routes(&self, metrics: &MetricSnapshot) -> Vec<RouteSummary> {
        let seen = self.lock();
        let rows = totals::by_route(metrics).into_iter().map(|(route, totals)| {
            let percentiles = seen.durations.of(&route);
            RouteSummary {
                route,
                requests: totals.requests,
                answered: totals.answered,
                errors: totals.errors,
                hung_up: totals.hung_up,
                spans: percentiles.spans,
                p50_seconds: percentiles.p50,
                p95_seconds: percentiles.p95,
                p99_seconds: percentiles.p99,
            }
        });
        let mut rows: Vec<RouteSummary> = rows.collect();
        rows.sort_by_key(|row| Reverse(row.requests));
        rows
    }

    /// Where the time of queries went, those first that took the most.
    pub(in super::super) fn query_times(&self) -> Vec<QueryTimes> {
        self.lock().query_times.summary()
    }

    /// The queries that ran once for each row of another one.
    pub(in super::super) fn repeated_queries(&self) -> Vec<RepeatedQuery> {
        self.lock().findings.repeated_queries()
    }

    /// The long waits for a connection, the longest first.
    pub(in super::super) fn long_waits(&self) -> Vec<LongWait> {
        self.lock().findings.long_waits()
    }

    /// The slow queries, the most expensive first.
    pub(in super::super) fn slow_queries(&self) -> Vec<SlowQuery> {
        self.lock().slow_queries.summary()
    }
}

/// What each tenant spent, all models together; the biggest spender first.
pub(in super::super) fn tenants(rows: &[SpendRow]) -> Vec<TenantSpend> {
    let mut tenants: BTreeMap<&str, (TenantSpend, Decimal)> = BTreeMap::new();
    for row in rows {
        let tenant = row.tenant.as_deref().unwrap_or("(none)");
        let (sums, cost) =
            tenants.entry(tenant).or_insert_with(|| (nothing(tenant), Decimal::ZERO));
        sums.calls += row.calls;
        sums.failed_calls += row.failed_calls;
        sums.unpriced_calls += row.unpriced_calls;
        sums.input_tokens += row.input_tokens;
        sums.output_tokens += row.output_tokens;
        *cost += row.cost;
    }
    let mut tenants: Vec<(TenantSpend, Decimal)> = tenants.into_values().collect();
    tenants.sort_by_key(|(_, cost)| Reverse(*cost));
    let with_cost = tenants
        .into_iter()
        .map(|(sums, cost)| TenantSpend { cost: cost.normalize().to_string(), ..sums });
    with_cost.collect()
}

fn nothing(tenant: &str) -> TenantSpend {
    TenantSpend {
        tenant: tenant.to_owned(),
        calls: 0,
        failed_calls: 0,
        unpriced_calls: 0,
        input_tokens: 0,
        output_tokens: 0,
        cost: String::new(),
    }
}

/// The ledger, in numbers.
pub(in super::super) fn ledger(ledger: &Ledger) -> LedgerSummary {
    let signals = [("spans", Signal::Spans), ("logs", Signal::Logs)].map(|(name, signal)| {
        let account = ledger.of(signal);
        SignalAccount {
            signal: name.to_owned(),
            ended: account.ended,
            sampled_out: account.sampled_out,
            dropped: account.total_dropped(),
            under_way: account.in_ring + account.held,
            accepted: account.accepted,
        }
    });
    let sinks = ledger.sinks.iter().flat_map(|sink| {
        let accounts = [("spans", sink.spans), ("logs", sink.logs), ("points", sink.points)];
        accounts.map(|(signal, counts)| SinkAccount {
            sink: sink.name.to_owned(),
            signal: signal.to_owned(),
            accepted: counts.accepted,
            exported: counts.exported,
            dropped: counts.dropped,
            rejected: counts.rejected,
            queued: counts.queued,
        })
    });
    LedgerSummary {
        signals: signals.into(),
        sinks: sinks.filter(|account| account.accepted > 0).collect(),
        balances: ledger.balances(),
    }
}
