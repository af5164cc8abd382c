use std::time::{Duration, Instant};

use axum::body::Bytes;
use futures_util::{StreamExt as _, stream};
use proptest::{prelude::*, test_runner::TestRunner};
use telemetry_core::{Status, testing::Capture};
use tokio::sync::{mpsc, oneshot};

use crate::{
    assert_attribute,
    provider::{PATIENCE, STREAM, STREAM_REQUEST, Server, answer, ask, events, only_span},
};

#[tokio::test]
async fn a_stream_becomes_one_span_with_the_time_to_its_first_chunk() {
    let server = Server::of_stream(STREAM).await;
    let capture = Capture::start();
    let read = capture.run_async(answer(&server.client(), &server.url(), STREAM_REQUEST)).await;
    assert_eq!(read, STREAM.concat());

    let span = only_span(&capture);
    assert_eq!(span.status, Status::Unset);
    assert_attribute!(span, "gen_ai.request.stream", true);
    assert_attribute!(span, "gen_ai.response.id", "chatcmpl-2");
    assert_attribute!(span, "gen_ai.response.finish_reasons", r#"["stop"]"#);
    assert_attribute!(span, "gen_ai.usage.input_tokens", 1117);
    assert_attribute!(span, "gen_ai.usage.cost.amount", 0.003_252_5);
    assert_attribute!(span, "telemetry.gen_ai.cost.status", "exact");
    let first = span.attribute("gen_ai.response.time_to_first_chunk").unwrap().to_string();
    let first: f64 = first.parse().unwrap();
    let metrics = capture.metrics();
    let point = metrics.histogram(
        "gen_ai.client.inference.time_to_first_chunk",
        &[("gen_ai.request.model", "gpt-4o")],
    );
    assert_eq!(point.unwrap().sum, first);
    assert!(
        first > 0.0
            && first <= metrics.histogram("gen_ai.client.inference.duration", &[]).unwrap().sum
    );
}

#[tokio::test]
async fn each_chunk_passes_before_the_next_one_is_sent() {
    let (pieces, receiver) = mpsc::unbounded_channel::<Bytes>();
    let receiver = std::sync::Arc::new(std::sync::Mutex::new(Some(receiver)));
    let server = Server::start(move |_| {
        let receiver = receiver.lock().unwrap().take().unwrap();
        async move {
            events(stream::unfold(receiver, |mut receiver| async move {
                Some((receiver.recv().await?, receiver))
            }))
        }
    })
    .await;
    let capture = Capture::start();
    capture
        .run_async(async {
            let response = ask(&server.client(), &server.url(), STREAM_REQUEST).await.unwrap();
            let mut body = response.bytes_stream();
            for piece in STREAM {
                // Cut within a character, so that what isn't a whole event must pass too.
                let (head, tail) = piece.as_bytes().split_at(piece.len() / 2);
                for part in [head, tail] {
                    pieces.send(Bytes::copy_from_slice(part)).unwrap();
                    let passed =
                        tokio::time::timeout(PATIENCE, body.next()).await.expect("passes at once");
                    assert_eq!(passed.unwrap().unwrap(), part);
                }
            }
            drop(pieces);
            assert!(body.next().await.is_none());
        })
        .await;
    assert_attribute!(only_span(&capture), "gen_ai.usage.output_tokens", 46);
}

#[test]
fn however_the_stream_is_cut_the_span_is_the_same() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let whole = STREAM.concat().into_bytes();
    let mut runner = TestRunner::new(ProptestConfig {
        cases: 24,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let cuts = proptest::collection::btree_set(1..whole.len(), 0..30);
    runner
        .run(&cuts, |cuts| {
            let mut pieces = Vec::new();
            let mut from = 0;
            for cut in cuts.into_iter().chain([whole.len()]) {
                pieces.push(whole[from..cut].to_vec());
                from = cut;
            }
            runtime.block_on(async {
                let server = Server::of_stream(pieces).await;
                let capture = Capture::start();
                let read = capture
                    .run_async(answer(&server.client(), &server.url(), STREAM_REQUEST))
                    .await;
                assert_eq!(read, whole);
                let span = only_span(&capture);
                assert_attribute!(span, "gen_ai.usage.input_tokens", 1117);
                assert_attribute!(span, "gen_ai.usage.output_tokens", 46);
                assert_attribute!(span, "gen_ai.response.finish_reasons", r#"["stop"]"#);
                assert_attribute!(span, "gen_ai.usage.cost.amount", 0.003_252_5);
                assert_attribute!(span, "gen_ai.response.model", "gpt-4o-2024-08-06");
            });
            Ok(())
        })
        .unwrap();
}

/// Sends `pieces` and then keeps the stream open, until the client has gone.
async fn open_server(pieces: Vec<&'static str>) -> (Server, mpsc::UnboundedReceiver<()>) {
    let (gone, client_gone) = mpsc::unbounded_channel();
    let server = Server::start(move |_| {
        let pieces: Vec<Bytes> =
            pieces.iter().map(|piece| Bytes::from_static(piece.as_bytes())).collect();
        let gone = Gone(gone.clone());
        async move {
            events(stream::iter(pieces).chain(stream::once(async move {
                let _gone = gone;
                std::future::pending::<Bytes>().await
            })))
        }
    })
    .await;
    (server, client_gone)
}

struct Gone(mpsc::UnboundedSender<()>);

impl Drop for Gone {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

/// Reads until `last` has passed, then drops the response.
async fn read_until(server: &Server, last: &str) {
    let response = ask(&server.client(), &server.url(), STREAM_REQUEST).await.unwrap();
    let mut body = response.bytes_stream();
    let mut read = Vec::new();
    while !String::from_utf8_lossy(&read).contains(last) {
        let piece = tokio::time::timeout(PATIENCE, body.next()).await.unwrap().unwrap().unwrap();
        read.extend_from_slice(&piece);
    }
}

#[tokio::test]
async fn a_dropped_stream_ends_once_as_cancelled_and_keeps_the_usage_it_had() {
    let usage = "data: {\"id\":\"c\",\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{}}],\"usage\":{\"prompt_tokens\":1117,\"completion_tokens\":46}}\n\n";
    let (server, mut client_gone) = open_server(vec![STREAM[0], usage]).await;
    let capture = Capture::start();
    capture.run_async(read_until(&server, "1117")).await;
    tokio::time::timeout(PATIENCE, client_gone.recv()).await.unwrap();

    let span = only_span(&capture);
    assert_attribute!(span, "telemetry.outcome", "cancelled");
    assert_attribute!(span, "error.type", none);
    assert_eq!(span.status, Status::Unset);
    assert_attribute!(span, "gen_ai.response.finish_reasons", r#"["error"]"#);
    assert_attribute!(span, "gen_ai.usage.output_tokens", 46);
    assert_attribute!(span, "gen_ai.usage.cost.amount", 0.003_252_5);
    assert_attribute!(span, "telemetry.gen_ai.cost.status", "partial");
    let metrics = capture.metrics();
    assert_eq!(
        metrics.sum("telemetry.gen_ai.requests", &[("telemetry.outcome", "cancelled")]),
        1.0
    );
    assert_eq!(
        metrics
            .histogram("gen_ai.client.inference.duration", &[("telemetry.outcome", "cancelled")])
            .unwrap()
            .count(),
        1
    );
}

#[tokio::test]
async fn a_dropped_stream_without_usage_is_unpriced_and_not_free() {
    let (server, _gone) = open_server(vec![STREAM[0]]).await;
    let capture = Capture::start();
    capture.run_async(read_until(&server, "chatcmpl-2")).await;
    let span = only_span(&capture);
    assert_attribute!(span, "gen_ai.usage.cost.amount", none);
    assert_attribute!(span, "telemetry.gen_ai.cost.status", "unpriced");
    assert_attribute!(span, "telemetry.gen_ai.unpriced.reason", "no_usage");
    let metrics = capture.metrics();
    assert_eq!(
        metrics
            .sum("telemetry.gen_ai.unpriced", &[("telemetry.gen_ai.unpriced.reason", "no_usage")]),
        1.0
    );
    assert_eq!(
        metrics.sum(
            "gen_ai.client.inference.usage.input_tokens",
            &[("gen_ai.token.modality", "unknown")]
        ),
        0.0
    );
    assert!(metrics.metric("gen_ai.client.inference.usage.input_tokens").is_some());
}

#[tokio::test]
async fn a_stream_that_is_dropped_after_its_answer_was_complete_is_a_success() {
    let (server, _gone) = open_server(STREAM[..3].to_vec()).await;
    let capture = Capture::start();
    capture.run_async(read_until(&server, "\"stop\"")).await;
    let span = only_span(&capture);
    assert_attribute!(span, "telemetry.outcome", none);
    assert_attribute!(span, "gen_ai.response.finish_reasons", r#"["stop"]"#);
}

#[tokio::test]
async fn the_closing_mark_ends_the_call_though_the_connection_stays_open() {
    let (server, _gone) = open_server(STREAM.to_vec()).await;
    let capture = Capture::start();
    capture
        .run_async(async {
            let response = ask(&server.client(), &server.url(), STREAM_REQUEST).await.unwrap();
            let mut body = response.bytes_stream();
            let mut read = Vec::new();
            while !read.ends_with(b"[DONE]\n\n") {
                read.extend_from_slice(&body.next().await.unwrap().unwrap());
            }
            // Still held, and not waited for.
            assert_eq!(capture.spans().len(), 1);
            drop(body);
        })
        .await;
    assert_attribute!(only_span(&capture), "telemetry.gen_ai.cost.status", "exact");
}

#[tokio::test]
async fn usage_is_taken_from_a_chunk_that_has_choices_too() {
    let server = Server::of_stream([
        STREAM[0],
        STREAM[2],
        "data: {\"choices\":[{\"index\":0,\"delta\":{}}],\"usage\":{\"prompt_tokens\":1117,\"completion_tokens\":46}}\n\n",
        "data: [DONE]\n\n",
    ])
    .await;
    let capture = Capture::start();
    capture.run_async(answer(&server.client(), &server.url(), STREAM_REQUEST)).await;
    let span = only_span(&capture);
    assert_attribute!(span, "gen_ai.usage.cost.amount", 0.003_252_5);
    assert_attribute!(span, "gen_ai.response.finish_reasons", r#"["stop"]"#);
}

#[tokio::test]
async fn a_stream_that_closes_too_early_has_failed() {
    let server = Server::of_stream(&STREAM[..2]).await;
    let capture = Capture::start();
    capture.run_async(answer(&server.client(), &server.url(), STREAM_REQUEST)).await;
    let span = only_span(&capture);
    assert_attribute!(span, "error.type", "incomplete_stream");
    assert!(span.status.is_error());
    assert_attribute!(span, "gen_ai.response.finish_reasons", r#"["error"]"#);
    assert_attribute!(span, "telemetry.gen_ai.unpriced.reason", "no_usage");
}

#[tokio::test]
async fn an_error_within_a_stream_is_classed_by_its_code() {
    let server = Server::of_stream([
        STREAM[0],
        "data: {\"error\":{\"code\":\"server_error\",\"message\":\"upstream secret\"},\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"error\"}]}\n\n",
        "data: [DONE]\n\n",
    ])
    .await;
    let capture = Capture::start();
    capture.run_async(answer(&server.client(), &server.url(), STREAM_REQUEST)).await;
    let span = only_span(&capture);
    assert_attribute!(span, "error.type", "server_error");
    assert!(span.status.is_error());
}

#[tokio::test]
async fn the_time_to_the_first_chunk_is_not_that_of_the_headers_or_of_comments() {
    let (begin, begun) = oneshot::channel::<()>();
    let begun = std::sync::Arc::new(std::sync::Mutex::new(Some(begun)));
    let server = Server::start(move |_| {
        let begun = begun.lock().unwrap().take().unwrap();
        async move {
            let rest = stream::once(async move {
                begun.await.unwrap();
                Bytes::from(STREAM.concat())
            });
            events(stream::iter([Bytes::from(": PROCESSING\n\n")]).chain(rest))
        }
    })
    .await;
    let capture = Capture::start();
    let waited = capture
        .run_async(async {
            let response = ask(&server.client(), &server.url(), STREAM_REQUEST).await.unwrap();
            let headers_at = Instant::now();
            let mut body = response.bytes_stream();
            assert_eq!(body.next().await.unwrap().unwrap(), ": PROCESSING\n\n");
            tokio::time::sleep(Duration::from_millis(30)).await;
            let waited = headers_at.elapsed();
            begin.send(()).unwrap();
            while body.next().await.is_some() {}
            waited
        })
        .await;
    let first =
        only_span(&capture).attribute("gen_ai.response.time_to_first_chunk").unwrap().to_string();
    assert!(first.parse::<f64>().unwrap() >= waited.as_secs_f64(), "{first} {waited:?}");
}
