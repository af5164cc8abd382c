use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::Bytes;
use axum::extract::Request as AxumRequest;
use axum::response::Redirect;
use axum::routing::{any, get, post};
use http::{Extensions, StatusCode};
use http_body_util::Full;
use reqwest::redirect::Policy;
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Next};
use telemetry_core::testing::{Capture, CapturedSpan};
use telemetry_core::{SpanKind, Status};
use telemetry_http::client::{Layer, Middleware, Redirects};
use tower::retry::{Policy as Retry, RetryLayer};
use tower::{ServiceBuilder, ServiceExt};

use super::support::{DURATION, bare_reqwest, read, sent, series};
use crate::support::{Server, attributes};

/// Answers 503 until the third time.
fn flaky() -> Router {
    let times = Arc::new(AtomicU32::new(0));
    let answer = move || {
        let time = times.fetch_add(1, Ordering::Relaxed);
        async move { if time < 2 { Err(StatusCode::SERVICE_UNAVAILABLE) } else { Ok("an order") } }
    };
    Router::new().route("/", any(answer))
}

/// Sends again what failed with a 5xx, as the usual middleware does after a while.
struct Again;

#[async_trait::async_trait]
impl reqwest_middleware::Middleware for Again {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        loop {
            let copy = request.try_clone().unwrap();
            let response = next.clone().run(copy, extensions).await?;
            if !response.status().is_server_error() {
                return Ok(response);
            }
        }
    }
}

fn client() -> ClientWithMiddleware {
    let client = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    ClientBuilder::new(client)
        .with(Middleware::of_calls())
        .with(Again)
        .with(Redirects::new())
        .with(Middleware::new())
        .build()
}

/// The call and its attempts, which hang together.
async fn call(capture: &Capture, attempts: usize) -> (CapturedSpan, Vec<CapturedSpan>) {
    let sent = sent(capture, attempts).await;
    let calls = || capture.spans().into_iter().filter(|span| span.kind == SpanKind::Internal);
    crate::support::eventually("the end of the call", || calls().count() == 1).await;
    let call = calls().next().unwrap();
    let resent = |span: &CapturedSpan| attributes(span).get("http.request.resend_count").cloned();
    for (place, span) in sent.iter().enumerate() {
        assert_eq!(span.parent_span_id, Some(call.span_id));
        assert_eq!(resent(span), (place > 0).then(|| place.to_string()), "of attempt {place}");
    }
    assert_eq!(attributes(&call)["telemetry.operation.attempts"], attempts.to_string());
    (call, sent)
}

#[tokio::test]
async fn retries_of_reqwest() {
    let capture = Capture::start();
    let server = Server::start(flaky()).await;
    let request = client().get(server.url("/"));
    let response = capture.run_async(async { request.send().await.unwrap() }).await;
    assert_eq!(response.text().await.unwrap(), "an order");
    let (call, sent) = call(&capture, 3).await;
    let statuses = sent.iter().map(|it| attributes(it)["http.response.status_code"].clone());
    assert_eq!(statuses.collect::<Vec<_>>(), ["503", "503", "200"]);
    assert_eq!((&*call.name, &call.status), ("GET", &Status::Unset), "the call got through");
    let counts = series(&capture, DURATION).iter().map(|(_, point)| point.count()).sum::<u64>();
    assert_eq!(counts, 3, "metrics count what is sent");
}

#[tokio::test]
async fn without_a_span_of_the_call_as_well() {
    let capture = Capture::start();
    let server = Server::start(flaky()).await;
    let client = ClientBuilder::new(bare_reqwest()).with(Again).with(Middleware::new()).build();
    for round in 0..2 {
        let request = client.get(server.url("/"));
        let response = capture.run_async(async { request.send().await.unwrap() }).await;
        assert_eq!(response.text().await.unwrap(), "an order");
        let attempts = sent(&capture, 3 + round).await;
        let last = attempts.iter().skip(3 * round).map(|span| {
            attributes(span).get("http.request.resend_count").map(|count| count.parse().unwrap())
        });
        let counts: Vec<Option<u32>> = last.collect();
        // The server answers at once from the third time on.
        assert_eq!(counts, [None, Some(1), Some(2)][..3 - 2 * round], "of call {round}");
    }
}

#[tokio::test]
async fn redirects_of_reqwest() {
    let other = Server::start(Router::new().route(
        "/end",
        get(|request: AxumRequest| async move {
            let secret = request.headers().contains_key("authorization");
            format!("{} {}", if secret { "secret" } else { "no secret" }, request.method())
        }),
    ))
    .await;
    let (end, capture) = (other.url("/end"), Capture::start());
    let server = Server::start(
        Router::new()
            .route("/start", post(|| async { Redirect::to("/next") }))
            .route("/next", get(move || async move { Redirect::permanent(&end) })),
    )
    .await;
    let request = client().post(server.url("/start")).bearer_auth("hunter2").body("a body");
    let response = capture.run_async(async { request.send().await.unwrap() }).await;
    assert_eq!(response.url().as_str(), other.url("/end"));
    assert_eq!(response.text().await.unwrap(), "no secret GET");
    let (call, sent) = call(&capture, 3).await;
    let paths = sent.iter().map(|it| attributes(it)["url.full"].clone()).collect::<Vec<_>>();
    assert_eq!(paths, [server.url("/start"), server.url("/next"), other.url("/end")]);
    assert_eq!(attributes(&call)["url.full"], server.url("/start"), "what was asked for");
}

#[tokio::test]
async fn a_circle_of_redirects_has_an_end() {
    let capture = Capture::start();
    let app = Router::new().route("/", any(|| async { Redirect::temporary("/") }));
    let server = Server::start(app).await;
    let client = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    let client = ClientBuilder::new(client)
        .with(Middleware::of_calls())
        .with(Redirects::new().most(3))
        .with(Middleware::new())
        .build();
    let request = client.get(server.url("/"));
    let result = capture.run_async(request.send()).await;
    result.unwrap_err();
    let (call, _) = call(&capture, 4).await;
    assert_eq!(attributes(&call)["error.type"], "redirect");
}

#[tokio::test]
async fn a_body_that_can_not_be_sent_again_is_not() {
    let capture = Capture::start();
    let app = Router::new().route("/", post(|| async { Redirect::temporary("/elsewhere") }));
    let server = Server::start(app).await;
    let pieces = futures_util::stream::iter(["one"].map(Ok::<_, std::io::Error>));
    let client = reqwest::Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    let client = ClientBuilder::new(client).with(Redirects::new()).with(Middleware::new()).build();
    let request = client.post(server.url("/")).body(reqwest::Body::wrap_stream(pieces));
    let response = capture.run_async(async { request.send().await.unwrap() }).await;
    assert_eq!(response.status(), StatusCode::TEMPORARY_REDIRECT);
}

/// tower's way of the same.
#[derive(Clone)]
struct RetryOnServerError;

type Sent = http::Request<Full<Bytes>>;

impl<B, E> Retry<Sent, http::Response<B>, E> for RetryOnServerError {
    type Future = std::future::Ready<()>;

    fn retry(
        &mut self,
        _: &mut Sent,
        result: &mut Result<http::Response<B>, E>,
    ) -> Option<Self::Future> {
        let failed = result.as_ref().is_ok_and(|response| response.status().is_server_error());
        failed.then(|| std::future::ready(()))
    }

    fn clone_request(&mut self, request: &Sent) -> Option<Sent> {
        Some(request.clone())
    }
}

#[tokio::test]
async fn retries_of_tower() {
    use hyper_util::client::legacy::{Client, connect::HttpConnector};

    let capture = Capture::start();
    let server = Server::start(flaky()).await;
    let client = Client::builder(hyper_util::rt::TokioExecutor::new()).build(HttpConnector::new());
    let client = ServiceBuilder::new()
        .layer(Layer::of_calls())
        .layer(RetryLayer::new(RetryOnServerError))
        .layer(Layer::new())
        .service(client);
    let request = http::Request::get(server.url("/")).body(Full::<Bytes>::default()).unwrap();
    let response = capture.run_async(async { client.oneshot(request).await.unwrap() }).await;
    assert_eq!(read(response.into_body()).await, b"an order");
    call(&capture, 3).await;
}
