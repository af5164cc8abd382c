use std::io::Write as _;

use axum::{
    body::{Body, Bytes},
    extract::Request,
    response::{IntoResponse as _, Response},
};
use flate2::{Compression, write::GzEncoder};
use futures_util::{StreamExt as _, stream};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use telemetry_ai::Middleware;
use telemetry_core::testing::Capture;

use crate::{
    assert_attribute,
    provider::{PATIENCE, PLAIN, REQUEST, STREAM, STREAM_REQUEST, Server, answer, only_span},
};

fn zipped(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// Answers with the document or the stream, compressed, in pieces that end anywhere; fails a client that
/// didn't say that it undoes this, unless `always` is set.
async fn server(media_type: &'static str, text: String, always: bool) -> Server {
    Server::start(move |request: Request| {
        let pieces: Vec<Bytes> = zipped(&text).chunks(7).map(Bytes::copy_from_slice).collect();
        async move {
            let accepted = request.headers().get("accept-encoding");
            let accepted = accepted.is_some_and(|value| value.to_str().unwrap().contains("gzip"));
            assert!(accepted || always, "the client doesn't undo it");
            compressed(media_type, pieces)
        }
    })
    .await
}

fn compressed(media_type: &'static str, pieces: Vec<Bytes>) -> Response {
    let pieces = stream::iter(pieces).map(Ok::<_, std::convert::Infallible>);
    let headers = [("content-type", media_type), ("content-encoding", "gzip")];
    (headers, Body::from_stream(pieces)).into_response()
}

/// A client that gets compressed bytes as they were sent.
fn client_that_undoes_nothing(server: &Server) -> ClientWithMiddleware {
    let client = reqwest::Client::builder().no_proxy().no_gzip().timeout(PATIENCE).build().unwrap();
    let middleware = Middleware::builder().endpoint(server.rule()).build();
    ClientBuilder::new(client).with(middleware).build()
}

#[tokio::test]
async fn a_plain_answer_that_the_client_decompresses_is_read_as_any_other() {
    let server = server("application/json", PLAIN.to_owned(), false).await;
    let capture = Capture::start();
    let read = capture.run_async(answer(&server.client(), &server.url(), REQUEST)).await;
    assert_eq!(read, PLAIN);
    let span = only_span(&capture);
    assert_attribute!(span, "gen_ai.usage.input_tokens", 2006);
    assert_attribute!(span, "gen_ai.usage.output_tokens", 300);
    assert_attribute!(span, "gen_ai.usage.cost.amount", 0.005_615);
    assert_attribute!(span, "gen_ai.usage.cost.source", "local");
    assert_attribute!(span, "telemetry.gen_ai.usage.unavailable", none);
}

#[tokio::test]
async fn a_stream_that_the_client_decompresses_is_read_as_any_other() {
    let server = server("text/event-stream", STREAM.concat(), false).await;
    let capture = Capture::start();
    let read = capture.run_async(answer(&server.client(), &server.url(), STREAM_REQUEST)).await;
    assert_eq!(read, STREAM.concat());
    let span = only_span(&capture);
    assert_attribute!(span, "gen_ai.usage.input_tokens", 1117);
    assert_attribute!(span, "gen_ai.usage.output_tokens", 46);
    assert!(span.attribute("gen_ai.response.time_to_first_chunk").is_some());
    assert_attribute!(span, "telemetry.gen_ai.usage.unavailable", none);
}

/// What is not decompressed arrives byte by byte as it was sent, and the span says why it knows nothing.
#[tokio::test]
async fn answers_that_nobody_decompresses_pass_unread_and_are_said_to_be() {
    let kinds = [
        ("application/json", PLAIN.to_owned(), REQUEST),
        ("text/event-stream", STREAM.concat(), STREAM_REQUEST),
    ];
    for (media_type, text, request) in kinds {
        let server = server(media_type, text.clone(), true).await;
        let capture = Capture::start();
        let client = client_that_undoes_nothing(&server);
        let read = capture.run_async(answer(&client, &server.url(), request)).await;
        assert_eq!(read, zipped(&text), "{media_type}");
        let span = only_span(&capture);
        assert_attribute!(span, "gen_ai.request.model", "gpt-4o");
        assert_attribute!(span, "telemetry.gen_ai.usage.unavailable", "encoding");
        assert_attribute!(span, "gen_ai.usage.input_tokens", none);
        assert_attribute!(span, "gen_ai.usage.cost.amount", none);
        assert_attribute!(span, "telemetry.gen_ai.cost.status", "unpriced");
        assert_attribute!(span, "error.type", none);
    }
}
