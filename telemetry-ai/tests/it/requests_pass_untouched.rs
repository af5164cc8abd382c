use axum::extract::Request;
use http_body_util::BodyExt as _;
use telemetry_ai::CostHandle;
use telemetry_core::testing::Capture;

use crate::{
    assert_attribute,
    provider::{PLAIN, REQUEST, Server, answer, ask, json, only_span},
};

async fn echo(request: Request) -> axum::response::Response {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let mut headers: Vec<String> =
        parts.headers.iter().map(|(name, value)| format!("{name}={value:?}")).collect();
    headers.sort();
    json(format!("{} {} {headers:?} {}", parts.method, parts.uri, String::from_utf8_lossy(&body)))
}

#[tokio::test]
async fn without_a_pipeline_nothing_is_touched_or_added() {
    let server = Server::start(echo).await;
    let bare = reqwest_middleware::ClientBuilder::new(crate::provider::plain_client()).build();
    let expected = answer(&bare, &server.url(), REQUEST).await;
    let response = ask(&server.client(), &server.url(), REQUEST).await.unwrap();
    assert!(response.extensions().get::<CostHandle>().is_none());
    assert_eq!(response.bytes().await.unwrap(), expected);
}

#[tokio::test]
async fn a_recognised_request_arrives_as_it_was_sent() {
    let server = Server::start(echo).await;
    let bare = reqwest_middleware::ClientBuilder::new(crate::provider::plain_client()).build();
    let expected = answer(&bare, &server.url(), REQUEST).await;
    let capture = Capture::start();
    assert_eq!(capture.run_async(answer(&server.client(), &server.url(), REQUEST)).await, expected);
    assert_eq!(capture.spans().len(), 1);
}

#[tokio::test]
async fn what_is_not_a_model_call_is_not_observed() {
    let server = Server::start(echo).await;
    let capture = Capture::start();
    capture
        .run_async(async {
            let client = server.client();
            let files = server.url().replace("chat/completions", "files");
            answer(&client, &files, REQUEST).await;
            let response = client.get(server.url()).send().await.unwrap();
            assert!(response.extensions().get::<CostHandle>().is_none());
            response.bytes().await.unwrap();
        })
        .await;
    assert_eq!(capture.spans().len(), 0);
    assert_eq!(capture.run(telemetry_ai::spend), []);
}

#[tokio::test]
async fn a_streamed_request_body_is_left_alone_and_the_response_tells_the_model() {
    let server = Server::of_json(PLAIN).await;
    let capture = Capture::start();
    let read = capture
        .run_async(async {
            let pieces =
                REQUEST.as_bytes().chunks(10).map(|piece| Ok::<_, std::io::Error>(piece.to_vec()));
            let body =
                reqwest::Body::wrap_stream(futures_util::stream::iter(pieces.collect::<Vec<_>>()));
            let response = server.client().post(server.url()).body(body).send().await.unwrap();
            response.text().await.unwrap()
        })
        .await;
    assert_eq!(read, PLAIN);
    let span = only_span(&capture);
    assert_eq!(span.name, "chat");
    assert_attribute!(span, "gen_ai.request.model", none);
    assert_attribute!(span, "gen_ai.response.model", "gpt-4o-2024-08-06");
    assert_attribute!(span, "gen_ai.usage.cost.amount", 0.005_615);
}

#[tokio::test]
async fn of_a_request_beyond_the_bound_the_head_is_read() {
    let server = Server::of_json(PLAIN).await;
    let capture = Capture::start();
    let body: &'static str = format!(
        r#"{{"model":"gpt-4o","messages":[{{"content":"{}"}}],"seed":7}}"#,
        "x".repeat(2 << 20)
    )
    .leak();
    capture.run_async(answer(&server.client(), &server.url(), body)).await;
    let span = only_span(&capture);
    assert_attribute!(span, "gen_ai.request.model", "gpt-4o");
    assert_attribute!(span, "gen_ai.request.seed", none);
}
