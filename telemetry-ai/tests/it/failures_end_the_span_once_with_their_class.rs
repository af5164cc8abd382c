use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    http::StatusCode,
};
use futures_util::{StreamExt as _, stream};
use reqwest_middleware::ClientBuilder;
use telemetry_ai::{CostHandle, Middleware, UnpricedReason};
use telemetry_core::testing::Capture;

use crate::{
    assert_attribute,
    provider::{
        PATIENCE, PLAIN, REQUEST, STREAM, STREAM_REQUEST, Server, ask, json, only_span,
        plain_client,
    },
};

const REFUSED: &str = r#"{"error":{"message":"Rate limit reached for org-secret","type":"requests","code":"rate_limit_exceeded"}}"#;

#[tokio::test]
async fn a_429_is_an_error_of_that_status_and_costs_nothing() {
    let server = Server::start(|_| async { (StatusCode::TOO_MANY_REQUESTS, json(REFUSED)) }).await;
    let capture = Capture::start();
    let response = capture.run_async(ask(&server.client(), &server.url(), REQUEST)).await.unwrap();
    assert_eq!(response.status(), 429);
    let handle = response.extensions().get::<CostHandle>().cloned().unwrap();
    assert_eq!(response.text().await.unwrap(), REFUSED);

    let span = only_span(&capture);
    assert_attribute!(span, "error.type", "429");
    assert!(span.status.is_error());
    assert_attribute!(span, "gen_ai.response.finish_reasons", r#"["error"]"#);
    assert_attribute!(span, "gen_ai.usage.cost.amount", none);
    assert_attribute!(span, "telemetry.gen_ai.cost.status", none);
    assert_eq!(handle.cost().unwrap().unpriced_reason(), Some(UnpricedReason::Failed));
    let metrics = capture.metrics();
    assert_eq!(
        metrics
            .histogram("gen_ai.client.inference.duration", &[("error.type", "429")])
            .unwrap()
            .count(),
        1
    );
    assert_eq!(metrics.sum("telemetry.gen_ai.unpriced", &[]), 0.0);
    assert_eq!(metrics.sum("telemetry.gen_ai.requests", &[("error.type", "429")]), 1.0);
}

#[tokio::test]
async fn nobody_listening_is_a_connect_error() {
    // Below the ports that are given out.
    let url = "http://127.0.0.1:1/v1/chat/completions".to_owned();
    let client = ClientBuilder::new(plain_client()).with(Middleware::new()).build();
    let capture = Capture::start();
    let error = capture.run_async(ask(&client, &url, REQUEST)).await.unwrap_err();
    assert!(error.is_connect());
    let span = only_span(&capture);
    assert_attribute!(span, "error.type", "connect");
    assert_attribute!(span, "gen_ai.provider.name", "_OTHER");
}

#[tokio::test]
async fn the_clients_own_timeout_is_a_timeout_before_the_headers_and_after() {
    for after_headers in [false, true] {
        let server = Server::start(move |_| async move {
            if !after_headers {
                std::future::pending::<()>().await;
            }
            let first = Bytes::from_static(STREAM[0].as_bytes());
            crate::provider::events(
                stream::iter([first]).chain(stream::once(std::future::pending())),
            )
        })
        .await;
        let mut limit = Duration::from_millis(200);
        let capture = loop {
            let impatient = reqwest::Client::builder().no_proxy().timeout(limit).build().unwrap();
            let middleware = Middleware::builder().endpoint(server.rule()).build();
            let client = ClientBuilder::new(impatient).with(middleware).build();
            let capture = Capture::start();
            let (had_headers, failed) = capture
                .run_async(async {
                    match ask(&client, &server.url(), STREAM_REQUEST).await {
                        Ok(response) => (true, response.bytes().await.unwrap_err().is_timeout()),
                        Err(error) => (false, error.is_timeout()),
                    }
                })
                .await;
            assert!(failed);
            if had_headers == after_headers {
                break capture;
            }
            // On a busy machine even the headers may take longer.
            assert!(limit < PATIENCE, "no headers came");
            limit *= 2;
        };
        let span = only_span(&capture);
        assert_attribute!(span, "error.type", "timeout");
        let reason = span.attribute("telemetry.gen_ai.unpriced.reason").map(ToString::to_string);
        // Once the answer had begun, tokens were used, however many.
        assert_eq!(reason.as_deref(), after_headers.then_some("no_usage"));
    }
}

#[tokio::test]
async fn a_future_that_is_dropped_before_the_headers_was_cancelled() {
    let server = Server::start(|_| std::future::pending::<StatusCode>()).await;
    let capture = Capture::start();
    let client = server.client();
    let asked = capture.run_async(async {
        tokio::time::timeout(Duration::from_millis(100), ask(&client, &server.url(), REQUEST)).await
    });
    assert!(asked.await.is_err());
    let span = only_span(&capture);
    assert_attribute!(span, "telemetry.outcome", "cancelled");
    assert_attribute!(span, "error.type", none);
    assert_eq!(
        capture.metrics().histogram("gen_ai.client.inference.duration", &[]).unwrap().count(),
        1
    );
}

#[tokio::test]
async fn a_connection_that_breaks_within_the_body_is_a_network_error() {
    let arrived = Arc::new(tokio::sync::Notify::new());
    let told = Arc::clone(&arrived);
    let server = Server::start(move |_| {
        let told = Arc::clone(&told);
        let broken = stream::once(async move {
            told.notified().await;
            Err(std::io::Error::other("broken"))
        });
        let pieces = stream::iter([Ok(Bytes::from_static(STREAM[0].as_bytes()))]).chain(broken);
        async move { ([("content-type", "text/event-stream")], Body::from_stream(pieces)) }
    })
    .await;
    let capture = Capture::start();
    let broken = capture
        .run_async(async {
            let mut response = ask(&server.client(), &server.url(), STREAM_REQUEST).await.unwrap();
            assert_eq!(response.chunk().await.unwrap().unwrap(), STREAM[0]);
            arrived.notify_one();
            response.chunk().await
        })
        .await;
    broken.unwrap_err();
    let span = only_span(&capture);
    assert_attribute!(span, "error.type", "network_error");
    assert!(span.status.is_error());
    assert_attribute!(span, "gen_ai.response.finish_reasons", r#"["error"]"#);
}

/// Tries again after a 429, as a retrying middleware does.
struct Retry;

#[async_trait::async_trait]
impl reqwest_middleware::Middleware for Retry {
    async fn handle(
        &self,
        request: reqwest::Request,
        extensions: &mut http::Extensions,
        next: reqwest_middleware::Next<'_>,
    ) -> reqwest_middleware::Result<reqwest::Response> {
        loop {
            let again = request.try_clone().unwrap();
            let response = next.clone().run(again, extensions).await?;
            if response.status() != StatusCode::TOO_MANY_REQUESTS {
                return Ok(response);
            }
        }
    }
}

#[tokio::test]
async fn one_span_covers_a_call_with_all_its_retries() {
    let attempts = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&attempts);
    let server = Server::start(move |_| {
        let attempt = counted.fetch_add(1, Ordering::Relaxed);
        async move {
            match attempt {
                0 | 1 => (StatusCode::TOO_MANY_REQUESTS, json(REFUSED)),
                _ => (StatusCode::OK, json(PLAIN)),
            }
        }
    })
    .await;
    let middleware = Middleware::builder().endpoint(server.rule()).build();
    // Once too often, as when a library wraps a client that is wrapped already.
    let client = ClientBuilder::new(plain_client())
        .with(middleware.clone())
        .with(Retry)
        .with(middleware)
        .build();
    let capture = Capture::start();
    let read = capture
        .run_async(async {
            ask(&client, &server.url(), REQUEST).await.unwrap().text().await.unwrap()
        })
        .await;
    assert_eq!(read, PLAIN);
    assert_eq!(attempts.load(Ordering::Relaxed), 3);
    let span = only_span(&capture);
    assert_attribute!(span, "error.type", none);
    assert_attribute!(span, "gen_ai.usage.cost.amount", 0.005_615);
}

#[tokio::test]
async fn every_call_of_a_crowd_ends_exactly_once() {
    let server = Server::start(|request: axum::extract::Request| async move {
        match request.uri().query() {
            Some("refuse") => (StatusCode::SERVICE_UNAVAILABLE, json(REFUSED)),
            Some("hang") => std::future::pending().await,
            _ => (StatusCode::OK, json(PLAIN)),
        }
    })
    .await;
    let capture = Arc::new(Capture::start());
    let client = server.client();
    let mut tasks = tokio::task::JoinSet::new();
    for index in 0..60 {
        let (client, capture) = (client.clone(), Arc::clone(&capture));
        let url = format!("{}?{}", server.url(), ["answer", "refuse", "hang"][index % 3]);
        tasks.spawn(async move {
            let asked = capture.run_async(async {
                let response = ask(&client, &url, REQUEST).await.unwrap();
                response.bytes().await.unwrap()
            });
            let hangs = url.ends_with("hang");
            let patience = if hangs { Duration::from_millis(300) } else { PATIENCE };
            tokio::time::timeout(patience, asked).await.is_ok()
        });
    }
    let finished = tokio::time::timeout(PATIENCE, tasks.join_all()).await.unwrap();
    assert_eq!(finished.into_iter().filter(|finished| *finished).count(), 40);
    let spans = capture.spans();
    assert_eq!(spans.len(), 60);
    capture.assert_ledger_balances();
    let metrics = capture.metrics();
    let ended = |labels: &[(&str, &str)]| metrics.sum("telemetry.gen_ai.requests", labels);
    assert_eq!(ended(&[("telemetry.gen_ai.cost.status", "exact")]), 20.0);
    assert_eq!(ended(&[("error.type", "503")]), 20.0);
    assert_eq!(ended(&[("telemetry.outcome", "cancelled")]), 20.0);
}
