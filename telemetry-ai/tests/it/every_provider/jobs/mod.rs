//! Jobs: submitted, asked after, told of by a webhook, and counted once.

mod accepted;
mod by_generators;
mod by_model_houses;
mod comfyui;
mod endings;
mod interrupted;
mod measured;
mod modal;
mod words;

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{body::Bytes, extract::Request};
use telemetry_ai::{EndpointRule, Middleware, Provider};
use telemetry_core::{Baggage, ContextExt as _, testing::Capture};

use super::{assert_span, client_for, cut, received, respond};
use crate::provider::{PATIENCE, Server, only_span};

pub(super) type Headers = &'static [(&'static str, &'static str)];

/// What a server answers, one after the other: status, headers, body.
pub(super) type Answers = &'static [(u16, Headers, &'static str)];

pub(super) const NONE: Headers = &[];

async fn serve(answers: Answers) -> Server {
    let asked = Arc::new(AtomicUsize::new(0));
    Server::start(move |request: Request| {
        let asked = asked.clone();
        async move {
            received(request).await;
            let at = asked.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
            let (status, headers, body) = answers[at];
            let pieces: Vec<Bytes> = cut(body.as_bytes(), at as u64 + 3);
            let mut response = respond("application/json", headers, pieces);
            *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
            response
        }
    })
    .await
}

/// Makes the requests in order, and reads each answer.
pub(super) async fn ask(
    client: &reqwest_middleware::ClientWithMiddleware,
    requests: &[(&str, String, &'static str)],
) {
    for (method, url, body) in requests {
        let method = http::Method::from_bytes(method.as_bytes()).unwrap();
        let request = client.request(method, url).body(*body);
        let response = tokio::time::timeout(PATIENCE, request.send()).await.unwrap().unwrap();
        tokio::time::timeout(PATIENCE, response.bytes()).await.unwrap().unwrap();
    }
}

pub(super) struct Job {
    pub(super) base: &'static str,
    pub(super) answers: Answers,
    /// Method, path and body.
    pub(super) requests: &'static [(&'static str, &'static str, &'static str)],
    pub(super) span: &'static str,
    pub(super) expected: &'static [(&'static str, &'static str)],
}

pub(super) async fn run(job: &Job) -> Capture {
    let server = serve(job.answers).await;
    let host = job.base.strip_prefix("http://").unwrap().trim_end_matches('/');
    let rule = EndpointRule::host("gpu-1").provider(Provider::COMFYUI).hardware("A10");
    let builder = Middleware::builder().endpoint(rule);
    let (client, base) = client_for(&server, &format!("http://{host}/"), builder);
    let base = base.trim_end_matches('/');
    let requests: Vec<_> = job
        .requests
        .iter()
        .map(|(method, path, body)| (*method, format!("{base}{path}"), *body))
        .collect();
    let capture = Capture::start();
    let context =
        capture.pipeline().context().with_baggage(Baggage::default().with("tenant.id", "acme"));
    // Whoever submits the job is billed, not who asks after it.
    ask(&client, &requests[..1]).in_context(context).await;
    assert_eq!(capture.spans().len(), 0, "{host}: the job is under way");
    capture.run_async(ask(&client, &requests[1..])).await;
    let span = only_span(&capture);
    assert_span(&span, job.span, job.expected, host);
    let recorded = format!("{span:?} {:?} {:?}", capture.events(), capture.metrics());
    assert!(!recorded.contains("secret"), "{host}: {recorded}");
    assert_eq!(span.attribute("tenant.id").map(ToString::to_string).as_deref(), Some("acme"));
    let rows = capture.run(telemetry_ai::spend);
    assert_eq!((rows.len(), rows[0].calls), (1, 1), "{host}: {rows:?}");
    capture
}

const REPLICATE_DONE: &str = r#"{"id":"abc","model":"stability-ai/sdxl","version":"v","status":"succeeded","created_at":"2026-01-01T00:00:00Z","started_at":"2026-01-01T00:00:02.5Z","completed_at":"2026-01-01T00:00:05.25Z","output":["https://secret"],"error":null,"metrics":{"predict_time":2.75,"image_output_count":4}}"#;
