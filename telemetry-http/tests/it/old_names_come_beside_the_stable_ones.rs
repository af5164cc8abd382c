use std::process::Command;

use axum::Router;
use axum::routing::post;
use telemetry_core::MetricData;
use telemetry_core::testing::Capture;
use telemetry_http::Layer;

use crate::support::{
    ACTIVE, DURATION, REQUEST_SIZE, RESPONSE_SIZE, Server, attributes, durations, head, histogram,
    labels, map, one, seconds, total,
};

const VARIABLE: &str = "OTEL_SEMCONV_STABILITY_OPT_IN";

/// The variable is read once in a process, so each setting is tested in one of its own: this test, run
/// again with the variable set.
#[test]
fn where_the_environment_asks_for_both() {
    if let Ok(list) = std::env::var(VARIABLE) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        return runtime.block_on(with_the_variable_set(&list));
    }
    let module = module_path!().trim_start_matches("it::");
    let name = format!("{module}::where_the_environment_asks_for_both");
    for list in ["http/dup", "database, http/dup,http", "http", "http/both", ""] {
        let output = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", &name])
            .env(VARIABLE, list)
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && printed.contains("1 passed"), "{list}: {printed}");
    }
}

async fn with_the_variable_set(list: &str) {
    let capture = Capture::start();
    let app = Router::new().route("/orders/{id}", post(|body: String| async { body }));
    let server = Server::captured(&capture, app.layer(Layer::new())).await;
    let request = format!(
        "{}\r\nuser-agent: test\r\ncontent-length: 5\r\n\r\nhello",
        head("POST", "/orders/17?token=hunter2&page=2")
    );
    assert!(server.raw(&request).await.ends_with("hello"));
    let span = one(&capture).await;
    let attributes = attributes(&span);

    // The stable ones are there whatever is asked for.
    assert_eq!(attributes["http.request.method"], "POST");
    for name in [DURATION, REQUEST_SIZE, RESPONSE_SIZE] {
        assert_eq!(total(&capture, name).0, 1, "{name}");
    }

    let both = list.contains("http/dup");
    let expected = map([
        ("http.method", "POST"),
        ("http.scheme", "http"),
        ("http.target", "/orders/17?token=REDACTED&page=2"),
        ("http.status_code", "200"),
        ("http.client_ip", "127.0.0.1"),
        ("net.host.name", "localhost"),
        ("net.protocol.name", "http"),
        ("net.protocol.version", "1.1"),
        ("net.sock.peer.addr", "127.0.0.1"),
        ("net.sock.peer.port", &attributes["network.peer.port"]),
    ]);
    for (key, value) in &expected {
        let found = attributes.get(key.as_str());
        assert_eq!(found, Some(value).filter(|_| both), "{key} with {list:?}");
    }

    for (name, unit, sum) in [
        ("http.server.duration", "ms", seconds(&span) * 1000.0),
        ("http.server.request.size", "By", 5.0),
        ("http.server.response.size", "By", 5.0),
    ] {
        let found = histogram(&capture, name);
        assert_eq!(found.len(), usize::from(both), "{name} with {list:?}");
        for (labels, point) in found {
            let expected = map([
                ("http.method", "POST"),
                ("http.scheme", "http"),
                ("http.route", "/orders/{id}"),
                ("http.status_code", "200"),
                ("net.protocol.name", "http"),
                ("net.protocol.version", "1.1"),
            ]);
            assert_eq!((labels, point.count()), (expected, 1), "{name}");
            assert!((point.sum - sum).abs() < 1e-9, "{name}: {} and {sum}", point.sum);
            assert_eq!(capture.metrics().metric(name).unwrap().unit, unit);
        }
    }
    assert!(!durations(&capture)[0].0.contains_key("http.method"), "each has its own labels");

    // What has kept its name carries both, in one series.
    let metrics = capture.metrics();
    let MetricData::Sum { points, .. } = &metrics.metric(ACTIVE).unwrap().data else {
        panic!("{metrics:#?}")
    };
    let [point] = &points[..] else { panic!("{points:#?}") };
    assert_eq!(labels(&point.attributes).contains_key("http.method"), both);
    assert!(labels(&point.attributes).contains_key("http.request.method"));

    // What isn't known is said to be ignored.
    let told = capture.events().iter().any(|event| event.body.contains("`http/both` is ignored"));
    assert_eq!(told, list == "http/both", "{:#?}", capture.events());
}
