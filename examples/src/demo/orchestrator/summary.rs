//! [`show`]: all in all.

use super::agreement::Agreement;
use super::format::{count, count_or_dash, counted, dollars, duration};
use super::screen::Screen;
use super::table::Table;
use crate::demo::message::{
    ClientCounts, LedgerSummary, LongWait, ModelSpend, QueryTimes, RepeatedQuery, RouteSummary,
    SlowQuery, Summary, TenantSpend,
};

/// Shows what telemetry saw, and whether it agrees with those who counted for themselves.
pub(super) fn show(summary: &Summary, clients: &ClientCounts, screen: &mut Screen) {
    if summary.enabled {
        show_seen(summary, clients, screen);
    } else {
        screen.heading("Telemetry is disabled by the environment, and the service ran without it");
    }
    screen.heading("Checked against those who count for themselves");
    indented(screen, &Agreement::new(summary, clients).lines());
}

fn show_seen(summary: &Summary, clients: &ClientCounts, screen: &mut Screen) {
    let requests: u64 = summary.routes.iter().map(|row| row.requests).sum();
    let heading = format!("{} in {:.1} s", counted(requests, "request"), clients.seconds);
    part(screen, &heading, &routes(&summary.routes), "There were none.");
    let times = query_times(&summary.query_times);
    part(screen, "Where the time of queries went, on average", &times, "There were none.");
    let slow = slow_queries(&summary.slow_queries);
    part(screen, "Slow queries, over 100 ms", &slow, "There were none.");
    screen.heading("Queries that run once for each row of another one");
    indented(screen, &repeated_queries(&summary.repeated_queries));
    screen.heading("Who kept a connection while others waited for over 100 ms");
    indented(screen, &long_waits(&summary.long_waits));
    let spend = tenants(&summary.tenants);
    part(screen, "Tokens and cost by tenant", &spend, "No model was called.");
    unpriced(&summary.tenants, screen);
    let spend = models(&summary.models);
    part(screen, "Tokens, machines and cost by provider", &spend, "No model was called.");
    estimated(&summary.models, screen);
    screen.heading("Ledger: where every record went");
    indented(screen, &ledger_signals(&summary.ledger).lines().collect::<Vec<_>>());
    indented(screen, &[String::new()]);
    indented(screen, &ledger_sinks(&summary.ledger).lines().collect::<Vec<_>>());
    indented(screen, &[String::new(), verdict(&summary.ledger)]);
}

fn part(screen: &mut Screen, heading: &str, table: &Table, otherwise: &str) {
    screen.heading(heading);
    if table.is_empty() {
        indented(screen, &[otherwise.to_owned()]);
    } else {
        indented(screen, &table.lines().collect::<Vec<_>>());
    }
}

fn indented(screen: &mut Screen, lines: &[String]) {
    for line in lines {
        screen.lines(format!("  {line}").trim_end());
    }
}

fn routes(rows: &[RouteSummary]) -> Table {
    let mut table = Table::new(["route", "requests", "p50", "p95", "p99", "errors", "hung up"]);
    for row in rows {
        table.row([
            row.route.clone(),
            count(row.requests),
            percentile(row, row.p50_seconds),
            percentile(row, row.p95_seconds),
            percentile(row, row.p99_seconds),
            count_or_dash(row.errors),
            count_or_dash(row.hung_up),
        ]);
    }
    table
}

/// Of a route without spans, all of them sampled out, no duration is known.
fn percentile(row: &RouteSummary, seconds: f64) -> String {
    match row.spans {
        0 => "–".to_owned(),
        _ => duration(seconds),
    }
}

/// So many kinds of queries are shown, those that took the most time.
const KINDS: usize = 6;

/// So many waits are shown, the longest.
const WAITS: usize = 3;

fn query_times(rows: &[QueryTimes]) -> Table {
    let mut table = Table::new(["query", "runs", "waiting", "first row", "other rows", "decoding"]);
    let or_dash = |seconds: f64| if seconds == 0.0 { "–".to_owned() } else { duration(seconds) };
    for row in rows.iter().take(KINDS) {
        table.row([
            row.summary.clone(),
            count(row.runs),
            or_dash(row.wait_seconds),
            or_dash(row.first_row_seconds),
            or_dash(row.stream_seconds),
            or_dash(row.decode_seconds),
        ]);
    }
    table
}

fn repeated_queries(rows: &[RepeatedQuery]) -> Vec<String> {
    let told = rows.iter().map(|row| {
        format!(
            "{}: {} {} times by then, after {} with {}",
            row.route,
            row.summary,
            count(row.repeats),
            row.source_summary,
            counted(row.source_rows, "row"),
        )
    });
    or_nothing(told.collect(), "There were none.")
}

fn long_waits(rows: &[LongWait]) -> Vec<String> {
    let told = rows.iter().take(WAITS).flat_map(|row| {
        let waited = duration(row.wait_seconds);
        [
            format!("{} waited {waited} for a connection of the {}:", row.route, row.pool),
            format!("  {} had it: {}", row.holder_route, row.holder),
        ]
    });
    or_nothing(told.collect(), "Nobody.")
}

fn or_nothing(lines: Vec<String>, otherwise: &str) -> Vec<String> {
    if lines.is_empty() { vec![otherwise.to_owned()] } else { lines }
}

fn slow_queries(rows: &[SlowQuery]) -> Table {
    let mut table = Table::new(["query", "runs", "mean", "longest"]);
    for row in rows {
        table.row([
            row.summary.clone(),
            count(row.runs),
            duration(row.mean_seconds),
            duration(row.longest_seconds),
        ]);
    }
    table
}

fn tenants(rows: &[TenantSpend]) -> Table {
    let mut table =
        Table::new(["tenant", "calls", "failed", "unpriced", "tokens in", "tokens out", "cost"]);
    // All digits that any of them has, so that the sum can be checked by hand.
    let costs = rows.iter().map(|row| dollars(&row.cost));
    let digits = costs.clone().map(|cost| cost.scale() as usize).max().unwrap_or_default();
    let sum = |of: fn(&TenantSpend) -> u64| count(rows.iter().map(of).sum());
    let mut add = |tenant: &str, cells: [String; 5], cost| {
        let [calls, failed, unpriced, input, output] = cells;
        table.row([
            tenant.to_owned(),
            calls,
            failed,
            unpriced,
            input,
            output,
            format!("${cost:.digits$}"),
        ]);
    };
    for (row, cost) in rows.iter().zip(costs.clone()) {
        let cells = [
            count(row.calls),
            count_or_dash(row.failed_calls),
            count_or_dash(row.unpriced_calls),
            count(row.input_tokens),
            count(row.output_tokens),
        ];
        add(&row.tenant, cells, cost);
    }
    if rows.len() > 1 {
        let cells = [
            sum(|row| row.calls),
            sum(|row| row.failed_calls),
            sum(|row| row.unpriced_calls),
            sum(|row| row.input_tokens),
            sum(|row| row.output_tokens),
        ];
        add("all", cells, costs.sum());
    }
    table
}

fn models(rows: &[ModelSpend]) -> Table {
    let mut table = Table::new([
        "provider",
        "model",
        "calls",
        "failed",
        "estimated",
        "unpriced",
        "tokens in",
        "tokens out",
        "machine",
        "cost",
    ]);
    let costs = rows.iter().map(|row| dollars(&row.cost));
    let digits = costs.clone().map(|cost| cost.scale() as usize).max().unwrap_or_default();
    for (row, cost) in rows.iter().zip(costs) {
        let machine = match row.machine_seconds {
            0.0 => "–".to_owned(),
            seconds => duration(seconds),
        };
        table.row([
            row.provider.clone(),
            row.model.clone(),
            count(row.calls),
            count_or_dash(row.failed_calls),
            count_or_dash(row.estimated_calls),
            count_or_dash(row.unpriced_calls),
            count_or_dash(row.input_tokens),
            count_or_dash(row.output_tokens),
            machine,
            format!("${cost:.digits$}"),
        ]);
    }
    table
}

/// Says why a cost is only about right.
fn estimated(rows: &[ModelSpend], screen: &mut Screen) {
    let calls: u64 = rows.iter().map(|row| row.estimated_calls).sum();
    if calls > 0 {
        let why = "a machine's seconds are billed with starts and waits that nobody here sees";
        indented(screen, &[String::new(), format!("{} estimated: {why}.", counted(calls, "call"))]);
    }
}

/// Says why there are calls that no cost is known of.
fn unpriced(rows: &[TenantSpend], screen: &mut Screen) {
    let calls: u64 = rows.iter().map(|row| row.unpriced_calls).sum();
    if calls > 0 {
        let why = "the client hung up before the provider said what it used";
        indented(screen, &[String::new(), format!("{} unpriced: {why}.", counted(calls, "call"))]);
    }
}

fn ledger_signals(ledger: &LedgerSummary) -> Table {
    let mut table =
        Table::new(["signal", "ended", "sampled out", "dropped", "under way", "accepted"]);
    for row in &ledger.signals {
        table.row([
            row.signal.clone(),
            count(row.ended),
            count_or_dash(row.sampled_out),
            count_or_dash(row.dropped),
            count_or_dash(row.under_way),
            count(row.accepted),
        ]);
    }
    table
}

fn ledger_sinks(ledger: &LedgerSummary) -> Table {
    let mut table = Table::new(["sink", "accepted", "exported", "dropped", "rejected", "queued"]);
    for row in &ledger.sinks {
        table.row([
            format!("{} {}", row.sink, row.signal),
            count(row.accepted),
            count(row.exported),
            count_or_dash(row.dropped),
            count_or_dash(row.rejected),
            count_or_dash(row.queued),
        ]);
    }
    table
}

fn verdict(ledger: &LedgerSummary) -> String {
    let of_signals = ledger.signals.iter().map(|row| row.dropped);
    let of_sinks = ledger.sinks.iter().map(|row| row.dropped + row.rejected);
    match of_signals.chain(of_sinks).sum() {
        _ if !ledger.balances => "The two sides are NOT equal.".to_owned(),
        0 => "Both sides are equal, and nothing was lost.".to_owned(),
        lost => {
            format!("Both sides are equal: {} lost, each of them counted.", counted(lost, "record"))
        }
    }
}
