use std::{
    collections::VecDeque,
    convert::Infallible,
    error::Error as _,
    io,
    pin::Pin,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt as _, Full, StreamBody};
use telemetry_ai::{
    Attribution, Budget, Call, CostHandle, Decimal, EndpointRule, Operation, PriceTable, Provider,
    Settings, Usage,
    tower::{Error, Layer, RequestBody, ResponseBody},
};
use telemetry_core::testing::Capture;
use tower::{Service as _, ServiceBuilder, ServiceExt as _};

use crate::{
    assert_attribute,
    provider::{PLAIN, only_span},
};

type Boxed = Pin<Box<dyn Body<Data = Bytes, Error = io::Error> + Send>>;
type Answers = Arc<Mutex<VecDeque<Response<Boxed>>>>;

/// A client that reads what is sent and answers one after the other.
fn client(
    layer: Layer,
    answers: impl IntoIterator<Item = Response<Boxed>>,
) -> impl tower::Service<
    Request<Full<Bytes>>,
    Response = Response<ResponseBody<Boxed>>,
    Error = Error<io::Error>,
> {
    let answers: Answers = Arc::new(Mutex::new(answers.into_iter().collect()));
    let inner = tower::service_fn(move |request: Request<RequestBody<Full<Bytes>>>| {
        let answers = answers.clone();
        async move {
            let sent = request.into_body();
            // A client writes a content-length from these.
            let exact = sent.size_hint().exact().unwrap();
            let empty = sent.is_end_stream();
            let read = sent.collect().await.unwrap().to_bytes();
            assert_eq!((exact, empty), (read.len() as u64, read.is_empty()));
            answers.lock().unwrap().pop_front().ok_or_else(|| io::Error::other("secret"))
        }
    });
    ServiceBuilder::new().layer(layer).service(inner)
}

fn answer(status: u16, body: &'static str) -> Response<Boxed> {
    let body =
        Full::new(Bytes::from_static(body.as_bytes())).map_err(io::Error::other::<Infallible>);
    let response = Response::builder().status(status).header("content-type", "application/json");
    response.body(Box::pin(body) as Boxed).unwrap()
}

fn request(method: Method, url: &str, body: &'static str) -> Request<Full<Bytes>> {
    let body = Full::new(Bytes::from_static(body.as_bytes()));
    Request::builder().method(method).uri(url).body(body).unwrap()
}

const SUBMIT: &str = "https://api.replicate.com/v1/models/acme/upscaler/predictions";
const LOOK: &str = "https://api.replicate.com/v1/predictions/p1";

#[tokio::test]
async fn a_job_is_followed_to_its_end_and_is_one_operation() {
    let capture = Capture::start();
    let layer = Layer::default();
    let mut client = client(
        layer,
        [
            answer(201, r#"{"id":"p1","status":"starting"}"#),
            answer(200, r#"{"id":"p1","status":"processing"}"#),
            answer(503, r#"{"detail":"secret"}"#),
            answer(
                200,
                r#"{"id":"p1","model":"acme/upscaler","status":"succeeded","output":"https://secret","metrics":{"predict_time":2.5}}"#,
            ),
            answer(200, r#"{"id":"p1","status":"failed"}"#),
        ],
    );
    capture
        .run_async(async {
            for (method, url, sent) in [
                (Method::POST, SUBMIT, r#"{"input":{"image":"secret"}}"#),
                (Method::GET, LOOK, ""),
                (Method::GET, LOOK, ""),
                (Method::GET, LOOK, ""),
                // It has ended; who asks again learns nothing new.
                (Method::GET, LOOK, ""),
            ] {
                let called = client.ready().await.unwrap().call(request(method, url, sent));
                called.await.unwrap().into_body().collect().await.unwrap();
            }
        })
        .await;
    let span = only_span(&capture);
    assert_eq!(span.name, "upscale acme/upscaler");
    assert_attribute!(span, "gen_ai.response.id", "p1");
    assert_attribute!(span, "telemetry.gen_ai.usage.compute_seconds", 2.5);
    assert!(!span.status.is_error());
    assert!(!format!("{span:?}").contains("secret"));
    assert_eq!(capture.metrics().sum("telemetry.gen_ai.requests", &[]), 1.0);
}

#[tokio::test]
async fn a_job_that_ends_by_its_status_or_states_its_units_in_a_header_does_so_here_too() {
    let mut billed = answer(200, r#"{"images":[{"url":"https://secret"}]}"#);
    billed.headers_mut().insert("x-fal-billable-units", "3.5".parse().unwrap());
    let raised = answer(500, r#"{"detail":"secret"}"#);
    for (submitted, submit, look, ended, expected) in [
        (
            answer(200, r#"{"request_id":"f1","status":"IN_QUEUE"}"#),
            "https://queue.fal.run/fal-ai/flux/dev",
            "https://queue.fal.run/fal-ai/flux/requests/f1",
            billed,
            ("telemetry.gen_ai.usage.billed_units", "3.5"),
        ),
        (
            answer(200, r#"{"call_id":"fc-01J"}"#),
            "https://acme--upscaler.modal.run/submit",
            "https://acme--upscaler.modal.run/result/fc-01J",
            raised,
            ("error.type", "500"),
        ),
    ] {
        let capture = Capture::start();
        let mut client = client(Layer::default(), [submitted, ended]);
        capture
            .run_async(async {
                for (method, url) in [(Method::POST, submit), (Method::GET, look)] {
                    let called = client.ready().await.unwrap().call(request(method, url, ""));
                    called.await.unwrap().into_body().collect().await.unwrap();
                }
            })
            .await;
        let span = only_span(&capture);
        let (key, value) = expected;
        assert_eq!(
            span.attribute(key).map(ToString::to_string).as_deref(),
            Some(value),
            "{span:?}"
        );
        assert!(!format!("{span:?}").contains("secret"));
    }
}

#[tokio::test]
async fn an_answer_that_refuses_is_handed_on_whole_and_is_a_failure_of_its_status() {
    const REFUSED: &str = r#"{"error":{"message":"secret","type":"rate_limit_error"}}"#;
    let capture = Capture::start();
    let mut client = client(Layer::default(), [answer(429, REFUSED)]);
    let url = "https://api.anthropic.com/v1/messages";
    let (handle, status, body) = capture
        .run_async(async {
            let sent = request(Method::POST, url, r#"{"model":"claude-opus-4-6","max_tokens":9}"#);
            let response = client.ready().await.unwrap().call(sent).await.unwrap();
            let handle = response.extensions().get::<CostHandle>().cloned().unwrap();
            let (status, body) = (response.status(), response.into_body());
            assert_eq!(body.size_hint().exact(), Some(REFUSED.len() as u64));
            assert!(!body.is_end_stream());
            (handle, status, body.collect().await.unwrap().to_bytes())
        })
        .await;
    assert_eq!((status, &*body), (StatusCode::TOO_MANY_REQUESTS, REFUSED.as_bytes()));
    assert_eq!(handle.cost().unwrap().amount(), None);
    let span = only_span(&capture);
    assert_eq!(span.name, "chat claude-opus-4-6");
    assert_attribute!(span, "error.type", "429");
    assert_attribute!(span, "gen_ai.request.max_tokens", 9);
    assert!(!format!("{span:?}").contains("secret"));
}

#[tokio::test]
async fn a_body_keeps_its_length_its_trailers_and_its_error() {
    let capture = Capture::start();
    let frames = |last: io::Result<Frame<Bytes>>| {
        let data = Frame::data(Bytes::from_static(&PLAIN.as_bytes()[..40]));
        let body: Boxed = Box::pin(StreamBody::new(stream::iter([Ok(data), last]).boxed()));
        Response::builder().header("content-type", "application/json").body(body).unwrap()
    };
    let mut trailers = HeaderMap::new();
    trailers.insert("x-checksum", "7".parse().unwrap());
    let layer = Layer::new(Settings::default())
        .endpoint(EndpointRule::host("llm.internal").port(80).provider(Provider::OPENAI))
        .endpoint(EndpointRule::host("llm.internal").port(443).provider(Provider::VLLM));
    let mut client = client(
        layer,
        [
            answer(200, PLAIN),
            frames(Ok(Frame::trailers(trailers))),
            frames(Err(io::Error::other("secret"))),
        ],
    );
    capture
        .run_async(async {
            let mut call = async |scheme: &str| {
                let url = format!("{scheme}://llm.internal/v1/chat/completions");
                let sent = request(Method::POST, &url, r#"{"model":"gpt-4o"}"#);
                client.ready().await.unwrap().call(sent).await.unwrap().into_body()
            };
            let whole = call("http").await;
            assert_eq!(whole.size_hint().exact(), Some(PLAIN.len() as u64));
            assert!(!whole.is_end_stream());
            assert_eq!(whole.collect().await.unwrap().to_bytes(), PLAIN);
            let trailed = call("https").await.collect().await.unwrap();
            assert_eq!(trailed.trailers().unwrap()["x-checksum"], "7");
            let broken = call("http").await.collect().await.unwrap_err();
            assert_eq!(broken.to_string(), "secret");
        })
        .await;
    let spans = capture.spans();
    let providers: Vec<String> = spans
        .iter()
        .map(|span| span.attribute("gen_ai.provider.name").unwrap().to_string())
        .collect();
    // The ports are those of the schemes.
    assert_eq!(providers, ["openai", "vllm", "openai"]);
    assert_attribute!(spans[0], "gen_ai.usage.cost.amount", 0.005_615);
    assert_attribute!(spans[0], "server.port", 80);
    assert_attribute!(spans[2], "error.type", "network_error");
    assert!(!format!("{spans:?}").contains("secret"));
}

#[tokio::test]
async fn a_request_whose_host_stands_in_its_header_is_recognised_too() {
    let capture = Capture::start();
    let rule = EndpointRule::host("gpu-1").port(8000).provider(Provider::OPENAI);
    let layer = Layer::default().endpoint(rule);
    let mut client = client(layer, [PLAIN, PLAIN, PLAIN].map(|body| answer(200, body)));
    capture
        .run_async(async {
            for host in ["api.openai.com", "api.openai.com:443", "gpu-1:8000"] {
                let mut sent =
                    request(Method::POST, "/v1/chat/completions", r#"{"model":"gpt-4o"}"#);
                sent.headers_mut().insert("host", host.parse().unwrap());
                let response = client.ready().await.unwrap().call(sent).await.unwrap();
                response.into_body().collect().await.unwrap();
            }
        })
        .await;
    let spans = capture.spans();
    assert_eq!(spans.len(), 3);
    for span in &spans {
        assert_attribute!(span, "gen_ai.provider.name", "openai");
        assert_attribute!(span, "gen_ai.usage.cost.amount", 0.005_615);
    }
    assert_attribute!(spans[0], "server.address", "api.openai.com");
    // Nothing says whether it is encrypted, which would tell the port.
    assert_attribute!(spans[0], "server.port", none);
    assert_attribute!(spans[1], "server.port", 443);
    assert_attribute!(spans[2], "server.address", "gpu-1");
    assert_attribute!(spans[2], "server.port", 8000);
}

/// What a client's error is caused by.
#[derive(Debug)]
struct Outer(io::Error);

impl std::fmt::Display for Outer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("the client failed")
    }
}

impl std::error::Error for Outer {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

#[tokio::test]
async fn an_error_of_the_layer_stands_in_the_clients_place() {
    let error = Error::Client(Outer(io::Error::from(io::ErrorKind::ConnectionReset)));
    assert_eq!(error.to_string(), "the client failed");
    let cause = error.source().unwrap().downcast_ref::<io::Error>().unwrap();
    assert_eq!(cause.kind(), io::ErrorKind::ConnectionReset);

    let capture = Capture::start();
    let budget = Budget::new("all", Decimal::ONE).blocking();
    let attribution = Attribution::default().budget(budget);
    let settings = Settings::new(PriceTable::builtin(), attribution);
    let mut client = client(Layer::new(settings.clone()), []);
    let refused = capture
        .run_async(async {
            let mut usage = Usage::default();
            usage.cost = Some(Decimal::TWO);
            usage.input_tokens = Some(1);
            let mut call =
                Call::builder(Operation::CHAT, Provider::OPENAI).settings(&settings).start();
            call.usage(&usage);
            call.end().unwrap();
            let sent = request(Method::POST, "https://api.openai.com/v1/responses", "{}");
            client.ready().await.unwrap().call(sent).await.map(drop).unwrap_err()
        })
        .await;
    assert_eq!(refused.to_string(), "the budget `all` is spent: 2 of 1 USD");
    assert!(refused.source().is_none());
}

#[tokio::test]
async fn without_a_pipeline_the_layer_passes_everything_through() {
    let mut client = client(Layer::default(), [answer(200, PLAIN)]);
    let sent = request(Method::POST, "https://api.openai.com/v1/chat/completions", "{}");
    let response = client.ready().await.unwrap().call(sent).await.unwrap();
    assert!(response.extensions().get::<CostHandle>().is_none());
    let body = response.into_body();
    assert_eq!(body.size_hint().exact(), Some(PLAIN.len() as u64));
    assert_eq!(body.collect().await.unwrap().to_bytes(), PLAIN);
    let sent = request(Method::POST, "https://api.openai.com/v1/chat/completions", "{}");
    let failed = client.ready().await.unwrap().call(sent).await.map(drop).unwrap_err();
    assert!(matches!(failed, Error::Client(error) if error.to_string() == "secret"));
}
