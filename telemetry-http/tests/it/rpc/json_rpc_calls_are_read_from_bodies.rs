use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::post;
use futures_util::stream;
use http::{Method, StatusCode};
use serde_json::{Value, json};
use telemetry_core::testing::{Capture, CapturedSpan};
use telemetry_core::{SpanKind, Status, span};
use telemetry_http::rpc::json::Layer;
use tokio::io::AsyncWriteExt;

use super::support::{SERVER, calls};
use crate::client::support::{bare_reqwest, series};
use crate::support::{Server, attributes, ended, eventually, map, seconds};

/// Answers a call, or each of a batch.
fn answer(call: &Value) -> Option<Value> {
    let id = call.get("id")?;
    let error = |code: i32| json!({"jsonrpc": "2.0", "error": {"code": code, "message": "hunter2"}, "id": id});
    Some(match call["method"].as_str()? {
        "add" => span!("db").in_scope(|| json!({"jsonrpc": "2.0", "result": 3, "id": id})),
        "buy" => error(17),
        "strict" => error(-32602),
        "guarded" => error(-32001),
        _ => error(-32601),
    })
}

async fn rpc(body: Bytes) -> (StatusCode, [(&'static str, &'static str); 1], Body) {
    let json = [("content-type", "application/json")];
    let Ok(call) = serde_json::from_slice::<Value>(&body) else {
        let error = r#"{"jsonrpc":"2.0","error":{"code":-32700,"message":"no"},"id":null}"#;
        return (StatusCode::OK, json, Body::from(error));
    };
    let answer = match call.as_array() {
        Some(batch) => Some(Value::from(batch.iter().filter_map(answer).collect::<Vec<_>>())),
        None => answer(&call),
    };
    match answer {
        Some(answer) => (StatusCode::OK, json, Body::from(answer.to_string())),
        None => (StatusCode::NO_CONTENT, json, Body::empty()),
    }
}

async fn start(capture: &Capture, layer: Layer) -> Server {
    let app = Router::new()
        .route("/rpc", post(rpc))
        .route("/echo", post(|body: Body| async { body }))
        .route("/refuses", post(|| async { StatusCode::UNAUTHORIZED }))
        .route("/panics", post(|| async { panic!("on purpose") as () }))
        .route("/hangs", post(std::future::pending::<()>));
    Server::captured(capture, app.layer(layer).layer(telemetry_http::Layer::new())).await
}

async fn send(server: &Server, path: &str, body: impl Into<reqwest::Body>) -> Bytes {
    let request = bare_reqwest().post(server.url(path)).header("content-type", "application/json");
    request.body(body).send().await.unwrap().bytes().await.unwrap()
}

fn call(method: &str, id: u32) -> Value {
    json!({"jsonrpc": "2.0", "method": method, "params": {"secret": "hunter2"}, "id": id})
}

fn found(span: &CapturedSpan) -> std::collections::BTreeMap<String, String> {
    attributes(span).into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

/// Waits until a span of this name is under way.
async fn started(capture: &Capture, name: &str) {
    let active = || capture.pipeline().active_spans();
    eventually("the call's start", || active().iter().any(|span| span.name == name)).await;
}

#[tokio::test]
async fn alone() {
    let capture = Capture::start();
    let server = start(&capture, Layer::new()).await;
    let answered = send(&server, "/rpc", call("add", 7).to_string()).await;
    assert_eq!(serde_json::from_slice::<Value>(&answered).unwrap()["result"], 3);
    let span = calls(&capture, SpanKind::Server, 1).await.remove(0);
    assert_eq!((&*span.name, &span.status), ("add", &Status::Unset));
    let expected = map([
        ("jsonrpc.protocol.version", "2.0"),
        ("jsonrpc.request.id", "7"),
        ("rpc.method", "add"),
        ("rpc.system.name", "jsonrpc"),
    ]);
    assert_eq!(found(&span), expected);
    let request = ended(&capture, 2).await.into_iter().find(|it| it.name == "POST /rpc").unwrap();
    assert_eq!(span.parent_span_id, Some(request.span_id));
    assert_eq!(capture.spans_named("db")[0].parent_span_id, Some(span.span_id));
    let durations = series(&capture, SERVER);
    assert_eq!(durations[0].0, map([("rpc.method", "add"), ("rpc.system.name", "jsonrpc")]));
    assert_eq!(durations[0].1.sum, seconds(&span));
}

#[tokio::test]
async fn in_batches_one_span_each() {
    let capture = Capture::start();
    let server = start(&capture, Layer::new()).await;
    let notification = json!({"jsonrpc": "2.0", "method": "add"});
    let batch = json!([call("add", 1), call("buy", 2), notification, 17, call("add", 3)]);
    send(&server, "/rpc", batch.to_string()).await;
    let spans = calls(&capture, SpanKind::Server, 4).await;
    let ids = spans.iter().filter_map(|span| found(span).get("jsonrpc.request.id").cloned());
    assert_eq!(ids.collect::<Vec<_>>(), ["1", "2", "3"]);
    let bought = spans.iter().find(|span| span.name == "buy").unwrap();
    assert_eq!(found(bought)["rpc.status_code"], "17");
    assert_eq!((&*found(bought)["error.type"], &bought.status), ("17", &Status::ERROR));
    assert!(spans.iter().filter(|span| span.status == Status::ERROR).count() == 1);
    let counts = series(&capture, SERVER).into_iter().map(|(_, point)| point.count());
    assert_eq!(counts.sum::<u64>(), 4);
}

#[tokio::test]
async fn that_fail_in_every_way() {
    let capture = Capture::start();
    let layer = Layer::new().methods(["add", "guarded", "strict"]);
    let server = start(&capture, layer).await;
    for (path, method, status_code, error_type) in [
        ("/rpc", "strict", Some("-32602"), "-32602"),
        ("/rpc", "guarded", Some("-32001"), "-32001"),
        ("/refuses", "add", None, "401"),
        ("/panics", "add", None, "panic"),
    ] {
        let request = bare_reqwest().post(server.url(path));
        let request = request.header("content-type", "application/json; charset=utf-8");
        let _ = request.body(call(method, 1).to_string()).send().await;
        eventually("the call's end", || {
            capture.spans().iter().any(|span| {
                span.name == method && {
                    found(span).get("error.type").map(String::as_str) == Some(error_type)
                }
            })
        })
        .await;
        let spans = capture.spans_named(method);
        let span = spans.iter().find(|span| found(span)["error.type"] == error_type).unwrap();
        assert_eq!(found(span).get("rpc.status_code").map(String::as_str), status_code, "{path}");
        assert_eq!(span.status, Status::ERROR);
    }
    let everything = format!("{:?}{:?}", capture.spans(), capture.metrics());
    assert!(!everything.contains("hunter2"), "neither parameters nor messages are recorded");
}

#[tokio::test]
async fn that_nobody_waits_for() {
    let capture = Capture::start();
    let server = start(&capture, Layer::new().methods(["add"])).await;
    let body = call("add", 1).to_string();
    let head = format!(
        "POST /hangs HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {}",
        body.len()
    );
    let mut connection = server.open(&head).await;
    connection.write_all(body.as_bytes()).await.unwrap();
    started(&capture, "add").await;
    drop(connection);
    let span = calls(&capture, SpanKind::Server, 1).await.remove(0);
    assert_eq!((&*span.name, &span.status), ("add", &Status::Unset));
    assert_eq!(found(&span)["telemetry.outcome"], "client_disconnected");
}

#[tokio::test]
async fn of_unknown_procedures_share_a_series() {
    let capture = Capture::start();
    let server = start(&capture, Layer::new()).await;
    for number in 0..20 {
        send(&server, "/rpc", call(&format!("guess {number}"), number).to_string()).await;
        send(&server, "/rpc", call("guarded", number).to_string()).await;
    }
    let spans = calls(&capture, SpanKind::Server, 40).await;
    assert!(
        spans.iter().all(|span| span.name == "jsonrpc" && found(span)["rpc.method"] == "_OTHER")
    );
    assert!(spans.iter().any(|span| found(span)["rpc.method_original"] == "guess 19"));
    let durations = series(&capture, SERVER);
    let counts = durations.iter().map(|(labels, point)| (&*labels["rpc.method"], point.count()));
    assert_eq!(counts.collect::<Vec<_>>(), [("_OTHER", 20), ("_OTHER", 20)], "one for each code");
    // Once it was answered it is known.
    send(&server, "/rpc", call("add", 1).to_string()).await;
    let names = calls(&capture, SpanKind::Server, 41).await;
    assert!(names.iter().any(|span| span.name == "add"));
}

#[tokio::test]
async fn up_to_64_kib_and_all_bodies_pass_unchanged() {
    let capture = Capture::start();
    let server = start(&capture, Layer::new()).await;
    let sized = |size: usize| {
        let bare = call("add", 1).to_string().len();
        let mut call = call("add", 1);
        call["params"]["secret"] = json!("x".repeat(size - bare + "hunter2".len()));
        call.to_string()
    };
    let read = sized(64 * 1024);
    assert_eq!(read.len(), 64 * 1024);
    assert_eq!(send(&server, "/echo", read.clone()).await, read);
    calls(&capture, SpanKind::Server, 1).await;
    let streamed = |text: String| {
        let parts = text.as_bytes().chunks(1000).map(Bytes::copy_from_slice);
        let parts = parts.map(Ok::<_, std::io::Error>).collect::<Vec<_>>();
        reqwest::Body::wrap_stream(stream::iter(parts))
    };
    // Whether its length is declared or not.
    let unread = sized(64 * 1024 + 1);
    assert_eq!(send(&server, "/echo", unread.clone()).await, unread);
    assert_eq!(send(&server, "/echo", streamed(unread.clone())).await, unread);
    assert_eq!(send(&server, "/echo", "not JSON").await, "not JSON");
    assert_eq!(send(&server, "/echo", "").await, "");
    let large = "y".repeat(5_000_000);
    assert_eq!(send(&server, "/echo", streamed(large.clone())).await, large);
    // What isn't said to be JSON isn't read.
    let other = bare_reqwest().request(Method::POST, server.url("/echo")).body(read.clone());
    assert_eq!(other.send().await.unwrap().bytes().await.unwrap(), read);
    calls(&capture, SpanKind::Server, 1).await;
    assert_eq!(send(&server, "/echo", streamed(read.clone())).await, read);
    calls(&capture, SpanKind::Server, 2).await;
}
