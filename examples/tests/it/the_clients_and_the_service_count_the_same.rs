use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::program::{PATIENCE, Program, http};

/// By route: requests started, requests that weren't answered in full, and full answers by status.
type Counts = BTreeMap<String, (u64, u64, BTreeMap<String, u64>)>;

fn counts(routes: &Value, unanswered: &[&str]) -> Counts {
    let number = |value: &Value| value.as_u64().unwrap_or_default();
    let read = |counts: &Value| {
        let answered = counts["answered"].as_object().unwrap();
        let answered = answered.iter().map(|(status, count)| (status.clone(), number(count)));
        let unanswered = unanswered.iter().map(|key| number(&counts[*key])).sum();
        (number(&counts["started"]), unanswered, answered.collect())
    };
    let routes = routes.as_object().unwrap();
    routes.iter().map(|(route, counts)| (route.clone(), read(counts))).collect()
}

#[tokio::test]
async fn by_route_and_status_and_in_the_metrics() {
    let arguments = ["--port", "0", "--busy", "0.3"];
    let provider = Program::start(env!("CARGO_BIN_EXE_demo-provider"), &arguments);
    let arguments = ["--port", "0", "--attached", "--provider", &provider.url()];
    let mut service = Program::start(env!("CARGO_BIN_EXE_demo-service"), &arguments);
    let url = service.url();
    let arguments = ["--target", &url, "--rate", "80", "--duration", "4.5", "--seed", "5"];
    let client = Program::start(env!("CARGO_BIN_EXE_demo-client"), &arguments);
    let seen: Value = serde_json::from_str(&client.line()).unwrap();
    assert!(client.end().status.success());
    let seen = counts(&seen["routes"], &["hung_up", "failed"]);

    let own = counts_at_rest(&url, &seen).await;
    assert_eq!(seen, counts(&own["routes"], &["cut_short"]));

    // The traffic has everything in it that is to be counted.
    let statuses: Vec<&String> =
        seen.values().flat_map(|(_, _, answered)| answered.keys()).collect();
    for status in ["200", "201", "404", "500", "503"] {
        assert!(statuses.iter().any(|seen| *seen == status), "no {status} in {statuses:?}");
    }
    assert!(seen.values().any(|(_, unanswered, _)| *unanswered > 0), "nobody hung up");

    let metrics = http().get(format!("{url}/metrics")).send().await.unwrap().text().await.unwrap();
    for (route, (started, _, _)) in &seen {
        assert_eq!(requests(&metrics, route), *started, "{route}");
    }
    service.input = None;
    assert!(service.end().status.success());
}

/// What the service has counted once all requests that the clients have sent have ended there: it may learn
/// of those who hung up a while after they did.
async fn counts_at_rest(url: &str, seen: &Counts) -> Value {
    let sent: u64 = seen.values().map(|(started, ..)| started).sum();
    let begun = Instant::now();
    loop {
        let own: Value =
            http().get(format!("{url}/demo/counts")).send().await.unwrap().json().await.unwrap();
        let routes = own["routes"].as_object().unwrap().values();
        let ended: u64 = routes.map(|counts| counts["ended"].as_u64().unwrap()).sum();
        if ended >= sent {
            return own;
        }
        assert!(begun.elapsed() < PATIENCE, "{ended} of {sent} have ended: {own}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// The requests of a route, summed over all series of the histogram.
fn requests(metrics: &str, route: &str) -> u64 {
    let (method, path) = route.split_once(' ').unwrap();
    let method = format!("http_request_method=\"{method}\"");
    let series = metrics
        .lines()
        .filter(|line| line.starts_with("http_server_request_duration_seconds_count{"));
    let of_route = series.filter(|line| {
        let right_path = match path {
            "(no route)" => !line.contains("http_route="),
            path => line.contains(&format!("http_route=\"{path}\"")),
        };
        right_path && line.contains(&method)
    });
    of_route.map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap() as u64).sum()
}
