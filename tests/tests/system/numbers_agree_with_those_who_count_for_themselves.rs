use std::collections::BTreeMap;

use telemetry_tests::check_metrics;
use telemetry_tests::exposition;

use super::a_demo_under_judgement::run;

/// Without an outcome, by status: the answers that were given in full.
fn in_full(statuses: &BTreeMap<(String, String), u64>) -> BTreeMap<u16, u64> {
    let answered = statuses.iter().filter(|((_, outcome), _)| outcome.is_empty());
    answered.map(|((status, _), count)| (status.parse().unwrap(), *count)).collect()
}

#[test]
fn prometheus_has_as_many_requests_of_each_route_as_the_service_counts_outside_telemetry() {
    let run = run();
    let own: BTreeMap<String, u64> =
        run.own.routes.iter().map(|(route, counts)| (route.clone(), counts.started)).collect();
    let scraped = run.scraped();
    let scraped: BTreeMap<String, u64> = scraped
        .iter()
        .map(|(route, by_status)| (route.clone(), by_status.values().sum()))
        .collect();
    assert_eq!(scraped, own);
    assert!(own.len() >= 7 && run.own.started() > 200, "{own:?}");
    for (route, counts) in &run.own.routes {
        assert_eq!(counts.started, counts.ended, "{route}");
    }
}

#[test]
fn clients_sent_as_many_requests_of_each_route_as_the_service_counted() {
    let run = run();
    let sent: BTreeMap<&String, u64> =
        run.clients.routes.iter().map(|(route, counts)| (route, counts.started)).collect();
    let came: BTreeMap<&String, u64> =
        run.own.routes.iter().map(|(route, counts)| (route, counts.started)).collect();
    assert_eq!(sent, came);
    let failed: u64 = run.clients.routes.values().map(|counts| counts.failed).sum();
    assert_eq!(failed, 0, "{:#?}", run.clients);
}

#[test]
fn answers_given_in_full_are_told_from_others_exactly_as_the_service_tells_them() {
    let run = run();
    let scraped = run.scraped();
    for (route, own) in &run.own.routes {
        assert_eq!(in_full(&scraped[route]), own.answered, "{route}");
        let left =
            scraped[route].iter().filter(|((_, outcome), _)| outcome == "client_disconnected");
        assert_eq!(left.map(|(_, count)| count).sum::<u64>(), own.cut_short, "{route}");
    }
    let cut_short: u64 = run.own.routes.values().map(|counts| counts.cut_short).sum();
    assert!(cut_short > 0, "nobody hung up: {:#?}", run.own);
}

#[test]
fn answers_that_clients_read_in_full_are_counted_by_their_status() {
    let run = run();
    let scraped = run.scraped();
    for (route, client) in &run.clients.routes {
        let counted = in_full(&scraped[route]);
        if client.hung_up == 0 {
            assert_eq!(counted, client.answered, "{route}");
            continue;
        }
        // An answer may have been written in full before its client hung up on it, which the service
        // can't know. None that was read may be missing, and all must be accounted for.
        for (status, read) in &client.answered {
            assert!(counted.get(status) >= Some(read), "{route} {status}: {counted:?}, {client:?}");
        }
        let total: u64 = scraped[route].values().sum();
        let known: u64 = client.answered.values().sum::<u64>() + client.hung_up;
        assert_eq!(total, known, "{route}");
    }
    assert!(run.clients.routes.values().any(|counts| counts.answered.contains_key(&503)));
}

#[test]
fn requests_under_way_come_back_to_zero() {
    let run = run();
    assert_eq!(run.active.len(), 1);
    let page = exposition::read(&run.page).unwrap();
    let active = page.iter().find(|family| family.name == "http_server_active_requests").unwrap();
    assert!(!active.samples.is_empty());
    for sample in &active.samples {
        assert_eq!(sample.value, 0.0, "{sample:?}");
    }
}

#[test]
fn the_last_push_has_the_same_requests_as_the_last_scrape() {
    let run = run();
    let mut pushed = BTreeMap::<String, BTreeMap<(String, String), u64>>::new();
    for point in run.received.last_points() {
        if point.name == "http.server.request.duration" {
            let label = |key: &str| point.label(key).unwrap_or_default();
            let route = point.label("http.route").unwrap_or_else(|| "(no route)".to_owned());
            let route = format!("{} {route}", label("http.request.method"));
            let key = (label("http.response.status_code"), label("telemetry.outcome"));
            *pushed.entry(route).or_default().entry(key).or_default() += point.count.unwrap();
        }
    }
    assert_eq!(pushed, run.scraped());
}

/// Names that the conventions give to metrics which are no histograms. Those of the process are there
/// because the whole workspace is built with all features.
const FORCED: [&str; 3] =
    ["db_client_connection_count", "process_thread_count", "process_unix_file_descriptor_count"];

#[test]
fn promtool_objects_to_nothing_but_the_names_that_the_conventions_force() {
    let forced = |line: &String| {
        let (name, objection) = line.split_once(' ').unwrap_or_default();
        FORCED.contains(&name) && objection.contains("\"_count\" suffix")
    };
    let objections = check_metrics(&run().page);
    let (forced, others): (Vec<String>, Vec<String>) = objections.into_iter().partition(forced);
    assert_eq!(others, Vec::<String>::new());
    assert!(forced.iter().any(|line| line.starts_with(FORCED[0])), "{forced:?}");
}

#[test]
fn the_page_is_exact_to_the_letter_and_has_every_layer() {
    let page = exposition::read(&run().page).unwrap();
    for (name, kind) in [
        ("http_server_request_duration_seconds", "histogram"),
        ("http_server_active_requests", "gauge"),
        ("db_client_operation_duration_seconds", "histogram"),
        ("db_client_connection_count", "gauge"),
        ("gen_ai_client_inference_duration_seconds", "histogram"),
        ("gen_ai_client_inference_usage_input_tokens_total", "counter"),
        ("telemetry_gen_ai_cost_total", "counter"),
    ] {
        let names: Vec<&str> = page.iter().map(|family| &*family.name).collect();
        let family = page.iter().find(|family| family.name == name);
        let family = family.unwrap_or_else(|| panic!("no {name} in {names:?}"));
        assert_eq!(family.kind, kind, "{name}");
        assert!(!family.samples.is_empty(), "{name}");
    }
}
