use std::io::Write;
use std::process::{Command, Stdio};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, Response, StatusCode};
use telemetry_core::{Context, Notice, SpanBuilder};
use telemetry_export::Telemetry;
use tower::ServiceExt;

use crate::support::{PATIENCE, SCOPE, build, work};

async fn scrape(telemetry: &Telemetry, accept: &[&str]) -> (Response<()>, String) {
    let app: Router = Router::new().route("/metrics", telemetry.metrics_route());
    let request = accept
        .iter()
        .fold(Request::get("/metrics"), |request, accept| request.header("accept", *accept));
    let response = app.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    (Response::from_parts(parts, ()), String::from_utf8(body.to_vec()).unwrap())
}

#[tokio::test]
async fn the_route_serves_the_format_that_the_scraper_asks_for() {
    let telemetry = build(&[]);
    work(&telemetry);
    for (accept, content_type, end) in [
        (&[][..], "text/plain; version=0.0.4; charset=utf-8", "} 1\n"),
        (
            &["text/plain;q=0.5", "application/openmetrics-text;version=1.0.0"],
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
            "# EOF\n",
        ),
    ] {
        let (response, body) = scrape(&telemetry, accept).await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], content_type);
        assert!(body.ends_with(end), "{body}");
        let series = "orders_total{country=\"fr\",otel_scope_name=\"shop\",otel_scope_version=\"1.2.3\"} 2\n";
        assert!(body.contains(series), "{body}");
        assert!(body.contains("service_name=\"shop\""));
    }
    // What was measured stays readable after the end.
    telemetry.shutdown(PATIENCE);
    assert!(scrape(&telemetry, &[]).await.1.contains("orders_total{"));
}

#[tokio::test]
async fn a_scrape_that_waits_for_a_callback_leaves_the_only_thread_free_and_says_what_it_missed() {
    let telemetry = build(&[]);
    work(&telemetry);
    let pipeline = telemetry.pipeline().unwrap();
    let (entered, mut has_entered) = tokio::sync::mpsc::unbounded_channel();
    let (release, released) = std::sync::mpsc::channel::<()>();
    let released = std::sync::Mutex::new(released);
    let hanging = pipeline.meter(&SCOPE).observable_gauge("hanging").callback(move |observer| {
        let _ = entered.send(());
        // Until the test ends, which drops the other side.
        let _ = released.lock().unwrap().recv();
        observer.observe(1, &[]);
    });
    let mut is_free = false;
    // A machine that does much else may let more time pass than the scrape waits, but not each time.
    for attempt in 0..60 {
        let answers = std::sync::Mutex::new(Vec::new());
        let scraping = async {
            let (response, body) = scrape(&telemetry, &[]).await;
            answers.lock().unwrap().push("/metrics");
            (response, body)
        };
        let other = async {
            if attempt == 0 {
                has_entered.recv().await.unwrap();
            }
            let app: Router = Router::new().route("/health", axum::routing::get(async || "well"));
            let request = Request::get("/health").body(Body::empty()).unwrap();
            assert_eq!(app.oneshot(request).await.unwrap().status(), StatusCode::OK);
            answers.lock().unwrap().push("/health");
        };
        let ((response, body), ()) = tokio::join!(scraping, other);
        // It was answered although the callback still hangs, with all the rest.
        assert_eq!(response.status(), StatusCode::OK);
        assert!(body.contains("orders_total{") && !body.contains("hanging"), "{body}");
        if answers.into_inner().unwrap() == ["/health", "/metrics"] {
            is_free = true;
            break;
        }
    }
    assert!(is_free, "a scrape holds up the thread that it is answered on");
    let is_said = |notice: &Notice| matches!(notice, Notice::ObservationLate { instrument, .. } if instrument == "hanging");
    assert!(pipeline.notices().iter().any(is_said), "{:?}", pipeline.notices());
    drop((release, hanging));
}

#[test]
fn what_is_served_is_clean_under_promtool() {
    let telemetry = build(&[]);
    work(&telemetry);
    let meter = telemetry.pipeline().unwrap().meter(&SCOPE);
    let duration = meter.histogram("http.server.request.duration").unit("s");
    let duration = duration.description("How long requests take, \"all\" of them \\ each").build();
    duration.record(0.1, &[("http.route", "/a\"b\\c\nd".into()), ("größe.x", "☃".into())]);
    meter.up_down_counter("http.server.active_requests").unit("{request}").build().add(1, &[]);
    meter.counter("http.server.sent").unit("By").build().add(7, &[]);
    let connections = meter.up_down_counter("db.client.connection.count").unit("{connection}");
    connections.build().add(3, &[("db.client.connection.state", "idle".into())]);
    let text = telemetry.prometheus().render(None).body;
    let Some((ok, complaints)) = promtool(&text) else {
        // The workspace's own test command demands the tool.
        eprintln!("promtool is not installed: not checked by it");
        return;
    };
    let complaints: Vec<&str> = complaints.lines().filter(|line| !line.is_empty()).collect();
    for complaint in &complaints {
        assert!(complaint.starts_with("db_client_connection_count "), "{complaints:#?}\n{text}");
    }
    // The tool is at work: it finds what is to be found.
    assert!(!ok && complaints.len() == 1, "{complaints:#?}");
}

/// What `promtool check metrics` says; none where it isn't installed.
fn promtool(text: &str) -> Option<(bool, String)> {
    let child = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.ok()?;
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    Some((output.status.success(), String::from_utf8(said).unwrap()))
}

#[test]
fn a_scrape_does_not_record_itself() {
    let telemetry = build(&[]);
    let before = telemetry.ledger().spans.ended;
    telemetry.pipeline().unwrap().scoped(|| {
        assert!(Context::current().span_context().is_none());
        telemetry.prometheus().render(None);
        SpanBuilder::new(&SCOPE, "own").start().end();
    });
    assert_eq!(telemetry.ledger().spans.ended, before + 1);
}
