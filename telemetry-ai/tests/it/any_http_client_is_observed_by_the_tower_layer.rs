use std::{convert::Infallible, sync::Arc};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full, StreamBody};
use telemetry_ai::{Settings, tower::Layer};
use telemetry_core::testing::Capture;
use tower::{Service as _, ServiceBuilder, ServiceExt as _};

use crate::{
    assert_attribute,
    every_provider::cut,
    provider::{PLAIN, STREAM, only_span},
};

type Pieces = Arc<Vec<Bytes>>;
type Answer = StreamBody<
    futures_util::stream::BoxStream<'static, Result<http_body::Frame<Bytes>, Infallible>>,
>;

/// A client that reads the request's body to its end and answers with pieces.
fn client(
    settings: Settings,
    media_type: &'static str,
    pieces: Pieces,
) -> impl tower::Service<
    http::Request<Full<Bytes>>,
    Response = http::Response<telemetry_ai::tower::ResponseBody<Answer>>,
    Error = telemetry_ai::tower::Error<std::io::Error>,
> {
    let inner = tower::service_fn(
        move |request: http::Request<telemetry_ai::tower::RequestBody<Full<Bytes>>>| {
            let pieces = pieces.clone();
            async move {
                let sent = request.into_body().collect().await.unwrap().to_bytes();
                if sent.starts_with(b"refuse") {
                    return Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
                }
                let frames: Vec<_> =
                    pieces.iter().map(|piece| Ok(http_body::Frame::data(piece.clone()))).collect();
                let frames: futures_util::stream::BoxStream<'static, _> =
                    Box::pin(futures_util::stream::iter(frames));
                let response = http::Response::builder().header("content-type", media_type);
                Ok(response.body(StreamBody::new(frames)).unwrap())
            }
        },
    );
    ServiceBuilder::new().layer(Layer::new(settings)).service(inner)
}

fn request(url: &str, body: &'static str) -> http::Request<Full<Bytes>> {
    http::Request::post(url).body(Full::new(Bytes::from_static(body.as_bytes()))).unwrap()
}

#[tokio::test]
async fn a_call_is_read_from_the_bodies_that_pass() {
    for (media_type, answer, sent) in [
        ("application/json", PLAIN.to_owned(), r#"{"model":"gpt-4o","temperature":0.5}"#),
        (
            "text/event-stream",
            STREAM.concat(),
            r#"{"model":"gpt-4o","stream":true,"temperature":0.5}"#,
        ),
    ] {
        let capture = Capture::start();
        let pieces = Arc::new(cut(answer.as_bytes(), 11));
        let mut client = client(Settings::default(), media_type, pieces);
        let read = capture
            .run_async(async {
                let url = "https://api.openai.com/v1/chat/completions";
                let response =
                    client.ready().await.unwrap().call(request(url, sent)).await.unwrap();
                assert!(response.extensions().get::<telemetry_ai::CostHandle>().is_some());
                response.into_body().collect().await.unwrap().to_bytes()
            })
            .await;
        assert_eq!(read, answer);
        let span = only_span(&capture);
        assert_eq!(span.name, "chat gpt-4o");
        assert_attribute!(span, "gen_ai.request.temperature", 0.5);
        assert_attribute!(span, "server.address", "api.openai.com");
        assert_attribute!(span, "gen_ai.response.model", "gpt-4o-2024-08-06");
        assert_attribute!(span, "telemetry.gen_ai.cost.status", "exact");
    }
}

#[tokio::test]
async fn a_budget_that_blocks_is_asked_before_the_client_is() {
    let capture = Capture::start();
    let cents = |cents| telemetry_ai::Decimal::new(cents, 2);
    let budget = telemetry_ai::Budget::new("all", cents(1)).blocking();
    let attribution = telemetry_ai::Attribution::default().budget(budget);
    let settings = Settings::new(telemetry_ai::PriceTable::builtin(), attribution);
    let pieces = Arc::new(cut(PLAIN.as_bytes(), 7));
    let mut client = client(settings, "application/json", pieces);
    capture
        .run_async(async {
            let url = "https://api.openai.com/v1/chat/completions";
            // One call costs 0.005615.
            for _ in 0..2 {
                let sent = request(url, r#"{"model":"gpt-4o"}"#);
                let response = client.ready().await.unwrap().call(sent).await.unwrap();
                response.into_body().collect().await.unwrap();
            }
            // The client would say that the connection was reset.
            let sent = request(url, "refuse");
            let refused = client.ready().await.unwrap().call(sent).await.err();
            let Some(telemetry_ai::tower::Error::Budget(refused)) = refused else {
                panic!("{refused:?}")
            };
            assert_eq!((refused.budget(), refused.limit()), ("all", cents(1)));
            let other = request("https://api.openai.com/v1/files", "{}");
            client.ready().await.unwrap().call(other).await.unwrap();
        })
        .await;
    let spans = capture.spans();
    assert_eq!(spans.len(), 3);
    spans[2].expect_error("budget_exceeded").expect_no_attribute("gen_ai.usage.cost.amount");
    let metrics = capture.metrics();
    assert_eq!(metrics.sum("telemetry.gen_ai.budget.refused", &[]), 1.0);
    assert_eq!(metrics.sum("telemetry.gen_ai.cost", &[]), 0.01123);
}

#[tokio::test]
async fn what_fails_is_a_failure_and_what_is_no_call_passes() {
    let capture = Capture::start();
    let mut client = client(Settings::default(), "application/json", Arc::new(Vec::new()));
    capture
        .run_async(async {
            let url = "https://api.openai.com/v1/chat/completions";
            let failed = client.ready().await.unwrap().call(request(url, "refuse")).await;
            assert!(failed.is_err());
            let other = request("https://api.openai.com/v1/files", "{}");
            client.ready().await.unwrap().call(other).await.unwrap();
            let dropped = client.ready().await.unwrap().call(request(url, "{}"));
            drop(dropped);
        })
        .await;
    let spans = capture.spans();
    assert_eq!(spans.len(), 2);
    assert_attribute!(spans[0], "error.type", "network_error");
    assert_attribute!(spans[1], "telemetry.outcome", "cancelled");
}
