use std::future::Future;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::routing::any;
use futures_util::stream::{self, StreamExt};
use http::HeaderName;
use telemetry_core::testing::Capture;
use telemetry_http::Layer;
use telemetry_http::server::{Identity, TrustedProxies};

use crate::support::{Server, ended};

/// Stands wherever a client might send a secret.
const SECRET: &str = "hunter2";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_queries_headers_bodies_and_errors() {
    async fn handler() -> ([(&'static str, String); 1], Body) {
        let error = std::io::Error::other(format!("no such key: {SECRET}"));
        let pieces = [Ok(format!("body {SECRET}")), Err(error)];
        let pieces = stream::iter(pieces).then(|piece| async {
            tokio::time::sleep(Duration::from_millis(5)).await;
            piece
        });
        ([("set-cookie", format!("session={SECRET}"))], Body::from_stream(pieces))
    }

    // By default, and with all on that could tell more.
    for layer in [Layer::new(), talkative()] {
        of_a_service(layer, handler).await;
    }
}

/// A layer with all on that could tell more.
fn talkative() -> Layer {
    let listed = ["authorization", "cookie", "proxy-authorization", "x-api-key", "referer", "host"];
    let proxies = TrustedProxies::new(["127.0.0.1"]).unwrap();
    Layer::new()
        .request_headers(listed.map(HeaderName::from_static))
        .response_headers([http::header::SET_COOKIE])
        .trusted_proxies(proxies)
        .identify(|request| {
            // A session that is told by its first half.
            let cookie = request.headers().get("cookie")?.to_str().ok()?;
            Some(Identity::new().session(&cookie[..7]))
        })
        .body_sizes_on_spans()
        .time_to_headers()
}

async fn of_a_service<H, F>(layer: Layer, handler: H)
where
    H: Fn() -> F + Clone + Send + Sync + 'static,
    F: Future<Output = ([(&'static str, String); 1], Body)> + Send + 'static,
{
    let capture = Capture::start();
    let app = Router::new().route("/", any(handler)).layer(layer);
    let server = Server::captured(&capture, app).await;
    let requests = [
        format!("GET /?token={SECRET}&page=2 HTTP/1.1\r\nhost: a"),
        format!("GET /?a=1&API_KEY={SECRET};password={SECRET}&%73ig={SECRET} HTTP/1.1\r\nhost: a"),
        format!("GET /?X-Amz-Signature={SECRET}&X-Goog-Signature={SECRET} HTTP/1.1\r\nhost: a"),
        format!("GET /?next=https%3A%2F%2Fb%2F%3Faccess_token%3D{SECRET} HTTP/1.1\r\nhost: a"),
        format!("GET http://user:{SECRET}@a/ HTTP/1.1\r\nhost: user:{SECRET}@a"),
        format!(
            "POST / HTTP/1.1\r\nhost: a\r\nauthorization: Bearer {SECRET}\r\ncookie: session={SECRET}\r\n\
             proxy-authorization: Basic {SECRET}\r\nx-api-key: {SECRET}\r\nreferer: http://a/?token={SECRET}\r\n\
             x-forwarded-for: {SECRET}\r\nforwarded: for={SECRET}\r\nx-forwarded-host: user:{SECRET}@b\r\n\
             x-forwarded-proto: {SECRET}\r\nx-real-ip: {SECRET}\r\ncontent-length: 7"
        ),
    ];
    for request in &requests {
        let response = server.raw(&format!("{request}\r\nconnection: close\r\n\r\n{SECRET}")).await;
        assert!(response.contains(SECRET), "the secret does reach the client: {response}");
    }
    let spans = ended(&capture, requests.len()).await;
    let everything = format!("{spans:#?}\n{:#?}\n{:#?}", capture.events(), labels(&capture));
    assert!(!everything.contains(SECRET), "{everything}");
    assert!(everything.contains("page=2"), "what isn't secret is kept");
}

fn labels(capture: &Capture) -> Vec<String> {
    let metrics = capture.metrics();
    let mut all = Vec::new();
    for metric in &metrics.metrics {
        let sets: Vec<_> = match &metric.data {
            telemetry_core::MetricData::Histogram { points, .. } => {
                points.iter().map(|point| &point.attributes).collect()
            }
            telemetry_core::MetricData::Sum { points, .. } => {
                points.iter().map(|point| &point.attributes).collect()
            }
            _ => Vec::new(),
        };
        all.extend(
            sets.into_iter()
                .map(|set| format!("{} {:?}", metric.name, crate::support::labels(set))),
        );
    }
    assert!(all.len() >= 2, "{all:?}");
    all
}
