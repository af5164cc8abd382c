//! What arrives is handed on in the poll in which it arrived, and of what was read nothing is kept that
//! grows with it.

use std::{
    collections::VecDeque,
    convert::Infallible,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll, Waker},
};

use bytes::Bytes;
use http_body::{Body, Frame};
use reqwest_middleware::{ClientBuilder, Next};
use telemetry_ai::{Call, Middleware, Operation, Provider};
use telemetry_core::testing::Capture;

use crate::{
    assert_attribute,
    provider::{PLAIN, STREAM, only_span, plain_client},
    stand_in::{self, Answer, plain},
};

/// A body that has something in some polls and nothing in others, and counts them.
#[derive(Debug, Clone)]
struct Stepwise {
    steps: VecDeque<Option<Bytes>>,
    polls: Arc<AtomicUsize>,
}

impl Stepwise {
    fn new() -> Self {
        let pieces = STREAM.map(|piece| Bytes::from_static(piece.as_bytes()));
        // Cut within an event, and with a wait between what was cut.
        let steps = pieces.into_iter().flat_map(|piece| {
            let head = piece.slice(..piece.len() / 2);
            [None, Some(head), None, None, Some(piece.slice(piece.len() / 2..))]
        });
        Self { steps: steps.collect(), polls: Arc::default() }
    }
}

impl Body for Stepwise {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.polls.fetch_add(1, Ordering::Relaxed);
        match self.steps.pop_front() {
            None => Poll::Ready(None),
            Some(None) => Poll::Pending,
            Some(Some(piece)) => Poll::Ready(Some(Ok(Frame::data(piece)))),
        }
    }
}

/// Polls as often as the inner body has something to say, and expects to be told just that.
fn assert_passes_at_once<B>(body: B, inner: &Stepwise)
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: std::fmt::Debug,
{
    let mut body = body;
    let mut task = Context::from_waker(Waker::noop());
    for (number, step) in inner.steps.iter().enumerate() {
        let polled = Pin::new(&mut body).poll_frame(&mut task);
        match (step, polled) {
            (None, Poll::Pending) => {}
            (Some(piece), Poll::Ready(Some(Ok(frame)))) => {
                let passed = frame.into_data().unwrap();
                let places = [&passed, piece].map(|bytes| (bytes.as_ptr(), bytes.len()));
                assert_eq!(places[0], places[1], "poll {number}: it is the same memory");
            }
            (step, polled) => panic!("poll {number}: {polled:?} and not {step:?}"),
        }
        assert_eq!(inner.polls.load(Ordering::Relaxed), number + 1, "one poll is one poll");
    }
    assert!(matches!(Pin::new(&mut body).poll_frame(&mut task), Poll::Ready(None)));
}

struct Answering(Stepwise);

#[async_trait::async_trait]
impl reqwest_middleware::Middleware for Answering {
    async fn handle(
        &self,
        _: reqwest::Request,
        _: &mut http::Extensions,
        _: Next<'_>,
    ) -> reqwest_middleware::Result<reqwest::Response> {
        let response = http::Response::builder().header("content-type", "text/event-stream");
        Ok(response.body(reqwest::Body::wrap(self.0.clone())).unwrap().into())
    }
}

const REQUEST: &str = r#"{"model":"gpt-4o","stream":true}"#;

#[tokio::test]
async fn every_chunk_passes_the_middleware_in_the_poll_that_brought_it() {
    let (capture, inner) = (Capture::start(), Stepwise::new());
    let client = ClientBuilder::new(plain_client())
        .with(Middleware::new())
        .with(Answering(inner.clone()))
        .build();
    let url = "https://api.openai.com/v1/chat/completions";
    let sent = client.post(url).body(REQUEST).send();
    let response = capture.run_async(sent).await.unwrap();
    let body = http::Response::<reqwest::Body>::from(response).into_body();
    assert_passes_at_once(body, &inner);
    assert_attribute!(only_span(&capture), "gen_ai.usage.output_tokens", 46);
}

#[cfg(feature = "tower")]
#[tokio::test]
async fn every_chunk_passes_the_tower_layer_in_the_poll_that_brought_it() {
    use telemetry_ai::tower::{Layer, RequestBody};
    use tower::{Service as _, ServiceBuilder, ServiceExt as _};

    type Sent = http_body_util::Full<Bytes>;
    let (capture, inner) = (Capture::start(), Stepwise::new());
    let answering = inner.clone();
    let service = tower::service_fn(move |request: http::Request<RequestBody<Sent>>| {
        let body = answering.clone();
        async move {
            http_body_util::BodyExt::collect(request.into_body()).await.unwrap();
            let response = http::Response::builder().header("content-type", "text/event-stream");
            Ok::<_, std::io::Error>(response.body(body).unwrap())
        }
    });
    let mut client = ServiceBuilder::new().layer(Layer::default()).service(service);
    let request = http::Request::post("https://api.openai.com/v1/chat/completions");
    let request = request.body(Sent::from(REQUEST)).unwrap();
    let response =
        capture.run_async(async { client.ready().await.unwrap().call(request).await.unwrap() });
    assert_passes_at_once(response.await.into_body(), &inner);
    assert_attribute!(only_span(&capture), "gen_ai.usage.output_tokens", 46);
}

/// What a call has in its hands is what it prints.
#[test]
fn of_an_answer_that_never_ends_no_more_is_kept_than_a_bound() {
    type Read = fn(&mut Call, &[u8]);
    const PIECE: usize = 64 * 1024;
    let text = vec![b'x'; PIECE];
    let frame = crate::every_provider::event("chunk", &format!("{{\"x\":\"{}", "x".repeat(1_000)));
    for (provider, read, begin) in [
        (
            Provider::OPENAI,
            Call::read_json as Read,
            &b"{\"choices\":[{\"message\":{\"content\":\""[..],
        ),
        // In a value that is wanted, and in the name of a member.
        (Provider::OPENAI, Call::read_json, b"{\"id\":\""),
        (Provider::OPENAI, Call::read_json, b"{\"usage\":{\"prompt_tokens\":1,\"x\":\""),
        (Provider::OPENAI, Call::read_json, b"{\""),
        (Provider::OPENAI, Call::read_events, b"data: {\"choices\":[{\"delta\":{\"content\":\""),
        (Provider::OPENAI, Call::read_events, b"data: {\"usage\":{\"x\":\""),
        (Provider::OPENAI, Call::read_events, b"event: "),
        (Provider::OLLAMA, Call::read_lines, b"{\"message\":{\"content\":\""),
        (
            Provider::GEMINI,
            Call::read_json,
            b"[{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"",
        ),
        (Provider::ANTHROPIC, Call::read_events, b"data: {\"message\":{\"usage\":{\"x\":\""),
        (Provider::REPLICATE, Call::read_json, b"{\"metrics\":{\""),
        // A frame that says to be longer than it is.
        (Provider::AWS_BEDROCK, Call::read_event_stream, &frame[..frame.len() - 8]),
    ] {
        let capture = Capture::start();
        let mut call = capture.run(|| {
            Call::builder(Operation::CHAT, provider.clone()).model("m").streaming(true).start()
        });
        let before = format!("{call:?}").len();
        read(&mut call, begin);
        for _ in 0..8 * 1024 * 1024 / PIECE {
            read(&mut call, &text);
        }
        // A byte is printed in five signs at most: 64 KiB for a value, 256 KiB for a wrapped event.
        let grown = format!("{call:?}").len().saturating_sub(before);
        let begin = String::from_utf8_lossy(begin);
        assert!(grown <= 5 * 300 * 1024, "{provider} {begin}: {grown}");
        drop(call);
    }
}

/// Nor of content, where that is asked for.
#[test]
fn of_what_is_recorded_no_more_is_kept_than_its_bound() {
    let middleware = Middleware::builder().content(telemetry_ai::Content::up_to(1_000)).build();
    let capture = Capture::start();
    let mut call = capture.run(|| {
        let call = Call::builder(Operation::CHAT, Provider::OPENAI).model("m");
        call.settings(middleware.settings()).start()
    });
    let before = format!("{call:?}").len();
    call.read_json(b"{\"choices\":[{\"message\":{\"content\":\"");
    for _ in 0..64 {
        call.read_json(&[b'x'; 16 * 1024]);
    }
    let grown = format!("{call:?}").len().saturating_sub(before);
    assert!(grown <= 5 * 4_096, "{grown}");
    drop(call);
}

#[tokio::test]
async fn a_body_that_begins_as_the_last_did_should_have_been_cached() {
    let long = "You are a helpful assistant. ".repeat(200);
    let body = |end: &str| -> &'static str {
        format!(r#"{{"model":"gpt-4o","messages":[{{"content":"{long}"}},{{"content":"{end}"}}]}}"#)
            .leak()
    };
    let unread = PLAIN.replace("\"cached_tokens\":1920", "\"cached_tokens\":0");
    let capture = Capture::start();
    let client = stand_in::client(plain(), [Answer::json(unread)]);
    let url = "https://api.openai.com/v1/chat/completions";
    capture
        .run_async(async {
            for sent in [body("one"), body("another"), r#"{"model":"gpt-4o","messages":[]}"#] {
                stand_in::ask(&client, "POST", url, sent).await;
            }
        })
        .await;
    assert_eq!(capture.metrics().sum("telemetry.gen_ai.cache.missed", &[]), 1.0);
    assert_eq!(capture.run(telemetry_ai::spend)[0].missed_cache_calls, 1);
}
