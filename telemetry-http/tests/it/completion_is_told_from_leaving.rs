//! What the body makes of being polled and dropped, without a connection in between.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Future, Ready};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures_util::stream;
use http::{Method, Request, Response, StatusCode};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full, StreamBody};
use telemetry_core::testing::Capture;
use telemetry_http::Layer;
use tower::{ServiceBuilder, ServiceExt, service_fn};

use crate::support::{ACTIVE, one};

type Boxed = http_body_util::combinators::BoxBody<Bytes, Infallible>;

fn whole(text: &'static str) -> Boxed {
    Full::new(Bytes::from_static(text.as_bytes())).boxed()
}

/// A body of pieces that doesn't know its length.
fn pieces(pieces: &'static [&'static str]) -> Boxed {
    let frames = pieces.iter().map(|piece| Ok(Frame::data(Bytes::from_static(piece.as_bytes()))));
    StreamBody::new(stream::iter(frames)).boxed()
}

/// A body that doesn't know its length, but when it has ended.
struct Marked(VecDeque<&'static str>);

impl Body for Marked {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = self.0.pop_front().map(|piece| Bytes::from_static(piece.as_bytes()));
        Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.0.is_empty()
    }
}

fn marked<const N: usize>(pieces: [&'static str; N]) -> Boxed {
    Marked(pieces.into()).boxed()
}

/// A body that, when asked after its end, fails the test.
fn polled_no_further() -> Boxed {
    let frames = stream::unfold(0, |polled| async move {
        assert!(polled < 2, "nobody asks for more than was declared");
        Some((Ok(Frame::data(Bytes::from_static(b"half."))), polled + 1))
    });
    StreamBody::new(Box::pin(frames)).boxed()
}

/// Sends a request, takes `frames` frames of the response and drops it.
async fn outcome(method: Method, response: Response<Boxed>, frames: usize) -> Option<String> {
    let capture = Capture::start();
    let response = std::sync::Mutex::new(Some(response));
    let answer = |_: Request<()>| -> Ready<Result<_, Infallible>> {
        std::future::ready(Ok(response.lock().unwrap().take().unwrap()))
    };
    let service = ServiceBuilder::new().layer(Layer::new()).service(service_fn(answer));
    let request = Request::builder().method(method).body(()).unwrap();
    let response = capture.run_async(service.oneshot(request)).await.unwrap();
    let mut body = response.into_body();
    for _ in 0..frames {
        body.frame().await.unwrap().unwrap();
    }
    drop(body);
    assert_eq!(capture.metrics().sum(ACTIVE, &[]), 0.0);
    let span = one(&capture).await;
    let outcome = span.attribute("telemetry.outcome");
    outcome.map(ToString::to_string)
}

fn response(status: StatusCode, length: Option<u64>, body: Boxed) -> Response<Boxed> {
    let mut response = Response::builder().status(status);
    if let Some(length) = length {
        response = response.header("content-length", length);
    }
    response.body(body).unwrap()
}

#[tokio::test]
async fn by_the_declared_length_the_status_and_the_method() {
    const LEFT: Option<&str> = Some("client_disconnected");
    let (get, ok) = (Method::GET, StatusCode::OK);
    for (case, method, response, frames, expected) in [
        ("dropped after its one frame", &get, response(ok, None, whole("hello")), 1, None),
        ("dropped before its one frame", &get, response(ok, None, whole("hello")), 0, LEFT),
        (
            "dropped after the declared length",
            &get,
            response(ok, Some(10), polled_no_further()),
            2,
            None,
        ),
        (
            "dropped within the declared length",
            &get,
            response(ok, Some(10), polled_no_further()),
            1,
            LEFT,
        ),
        (
            "of unknown length, dropped before its end was seen",
            &get,
            response(ok, None, pieces(&["a", "b"])),
            2,
            LEFT,
        ),
        ("ended by its own account", &get, response(ok, None, marked(["a", "b"])), 2, None),
        ("not ended by its own account", &get, response(ok, None, marked(["a", "b"])), 1, LEFT),
        ("empty by its own account, never polled", &get, response(ok, None, marked([])), 0, None),
        ("empty, never polled", &get, response(ok, None, whole("")), 0, None),
        ("declared empty, never polled", &get, response(ok, Some(0), pieces(&[])), 0, None),
        ("to HEAD, never polled", &Method::HEAD, response(ok, Some(5), whole("hello")), 0, None),
        (
            "no content, never polled",
            &get,
            response(StatusCode::NO_CONTENT, None, pieces(&[])),
            0,
            None,
        ),
        (
            "not modified, never polled",
            &get,
            response(StatusCode::NOT_MODIFIED, Some(5), pieces(&[])),
            0,
            None,
        ),
        ("a tunnel", &Method::CONNECT, response(ok, None, pieces(&[])), 0, None),
        (
            "a tunnel refused",
            &Method::CONNECT,
            response(StatusCode::FORBIDDEN, None, whole("no")),
            0,
            LEFT,
        ),
    ] {
        assert_eq!(outcome(method.clone(), response, frames).await.as_deref(), expected, "{case}");
    }
}

#[tokio::test]
async fn size_and_end_of_the_body_pass_through() {
    let capture = Capture::start();
    for (text, exact) in [("hello", 5), ("", 0)] {
        let answer = move |_: Request<()>| {
            std::future::ready(Ok::<_, Infallible>(Response::new(whole(text))))
        };
        let service = ServiceBuilder::new().layer(Layer::new()).service(service_fn(answer));
        let response = capture.run_async(service.oneshot(Request::new(()))).await.unwrap();
        let mut body = response.into_body();
        assert_eq!(body.size_hint().exact(), Some(exact));
        assert_eq!(body.is_end_stream(), exact == 0);
        if exact > 0 {
            body.frame().await.unwrap().unwrap();
        }
        assert!(body.is_end_stream());
        assert!(body.frame().await.is_none());
    }
}

#[tokio::test]
async fn a_request_ends_with_its_last_byte_and_not_when_the_body_is_dropped() {
    let capture = Capture::start();
    let answer =
        |_: Request<()>| std::future::ready(Ok::<_, Infallible>(Response::new(whole("hello"))));
    let service = ServiceBuilder::new().layer(Layer::new()).service(service_fn(answer));
    let response = capture.run_async(service.oneshot(Request::new(()))).await.unwrap();
    let mut body = response.into_body();
    assert_eq!(capture.metrics().sum(ACTIVE, &[]), 1.0);
    body.frame().await.unwrap().unwrap();
    assert_eq!(capture.metrics().sum(ACTIVE, &[]), 0.0);
    one(&capture).await;
    drop(body);
    one(&capture).await;
}

#[tokio::test]
async fn a_future_that_is_dropped_or_never_polled_is_a_client_that_left() {
    for polls in [0, 1] {
        let capture = Capture::start();
        let answer = |_: Request<()>| std::future::pending::<Result<Response<Boxed>, Infallible>>();
        let service = ServiceBuilder::new().layer(Layer::new()).service(service_fn(answer));
        let mut call = call_of(&capture, service);
        for _ in 0..polls {
            let mut task = Context::from_waker(Waker::noop());
            assert!(call.as_mut().poll(&mut task).is_pending());
        }
        assert_eq!(capture.metrics().sum(ACTIVE, &[]), 1.0);
        drop(call);
        assert_eq!(capture.metrics().sum(ACTIVE, &[]), 0.0);
        let span = one(&capture).await;
        assert_eq!(span.attribute("telemetry.outcome").unwrap(), &"client_disconnected");
        assert_eq!(span.attribute("http.response.status_code"), None);
    }
}

/// Calls a service and leaves its future to the caller.
fn call_of<S: tower::Service<Request<()>>>(
    capture: &Capture,
    mut service: S,
) -> Pin<Box<S::Future>> {
    Box::pin(capture.run(|| service.call(Request::new(()))))
}
