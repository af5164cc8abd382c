use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use reqwest_middleware::{ClientBuilder, Next};
use telemetry_ai::{Attempts, Middleware};
use telemetry_core::testing::Capture;

use crate::{
    assert_attribute,
    provider::{PLAIN, REQUEST, Server, answer, json, plain_client},
};

/// Stands for a retrying middleware: three attempts at most, again after a status of 5xx.
pub(crate) struct Again;

#[async_trait::async_trait]
impl reqwest_middleware::Middleware for Again {
    async fn handle(
        &self,
        request: reqwest::Request,
        extensions: &mut http::Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<reqwest::Response> {
        for _ in 0..2 {
            let copy = request.try_clone().unwrap();
            let response = next.clone().run(copy, extensions).await?;
            if !response.status().is_server_error() {
                return Ok(response);
            }
        }
        next.run(request, extensions).await
    }
}

#[tokio::test]
async fn all_attempts_are_beneath_one_call_which_is_counted_once() {
    let asked = Arc::new(AtomicU32::new(0));
    let server = Server::start(move |_| {
        let first = asked.fetch_add(1, Ordering::SeqCst) < 2;
        async move {
            let mut response =
                json(if first { r#"{"error":{"type":"overloaded"}}"# } else { PLAIN });
            if first {
                *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
            }
            response
        }
    })
    .await;
    let capture = Capture::start();
    let client = ClientBuilder::new(plain_client())
        .with(Middleware::builder().endpoint(server.rule()).build())
        .with(Again)
        .with(Attempts::new())
        .build();
    capture.run_async(answer(&client, &server.url(), REQUEST)).await;

    let call = capture.spans_named("chat gpt-4o").remove(0);
    assert!(!call.status.is_error());
    assert_attribute!(call, "telemetry.gen_ai.attempts", 3);
    let attempts = capture.spans_named("attempt");
    let told: Vec<_> = attempts
        .iter()
        .map(|attempt| {
            assert_eq!(attempt.parent_span_id, Some(call.span_id));
            let of = |name| attempt.attribute(name).map(ToString::to_string);
            (of("http.request.resend_count"), of("http.response.status_code"), of("error.type"))
        })
        .collect();
    let text = |value: &str| Some(value.to_owned());
    assert_eq!(
        told,
        [
            (None, text("503"), text("503")),
            (text("1"), text("503"), text("503")),
            (text("2"), text("200"), None),
        ]
    );
    let rows = capture.run(telemetry_ai::spend);
    assert_eq!((rows[0].calls, rows[0].failed_calls), (1, 0));
}
