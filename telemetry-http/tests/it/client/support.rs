use std::collections::BTreeMap;

use http_body_util::BodyExt;
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use telemetry_core::testing::{Capture, CapturedSpan};
use telemetry_core::{HistogramPoint, MetricData, SpanKind};
use telemetry_http::client::{Layer, Middleware, Service};

use crate::support::{eventually, labels};

pub(crate) const DURATION: &str = "http.client.request.duration";
pub(crate) const ACTIVE: &str = "http.client.active_requests";

/// A client that observes each request.
pub(crate) fn reqwest_client() -> ClientWithMiddleware {
    ClientBuilder::new(bare_reqwest()).with(Middleware::new()).build()
}

/// One that no proxy of the machine's environment has a part in.
pub(crate) fn bare_reqwest() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

pub(crate) type Hyper<B> = Service<HyperClient<HttpConnector, B>>;

/// hyper's own client in the tower layer.
pub(crate) fn hyper_client<B>() -> Hyper<B>
where
    B: http_body::Body + Send,
    B::Data: Send,
{
    let client = HyperClient::builder(TokioExecutor::new()).build(HttpConnector::new());
    tower::Layer::layer(&Layer::new(), client)
}

/// The body of an answer, read to its end.
pub(crate) async fn read<B>(body: B) -> Vec<u8>
where
    B: http_body::Body,
    B::Error: std::fmt::Debug,
{
    body.collect().await.unwrap().to_bytes().to_vec()
}

/// Waits until `count` requests that were sent have ended and returns their spans, in the order of
/// their ends.
pub(crate) async fn sent(capture: &Capture, count: usize) -> Vec<CapturedSpan> {
    let of_requests = || {
        let spans = capture.spans().into_iter();
        spans.filter(|span| span.kind == SpanKind::Client).collect::<Vec<_>>()
    };
    eventually("the end of the requests", || of_requests().len() >= count).await;
    let spans = of_requests();
    assert_eq!(spans.len(), count, "a request ended twice: {spans:#?}");
    spans
}

/// All series of a histogram, with their labels as text.
pub(crate) fn series(
    capture: &Capture,
    name: &str,
) -> Vec<(BTreeMap<String, String>, HistogramPoint)> {
    match capture.metrics().metric(name).map(|metric| &metric.data) {
        Some(MetricData::Histogram { points, .. }) => {
            points.iter().map(|point| (labels(&point.attributes), point.clone())).collect()
        }
        _ => Vec::new(),
    }
}
