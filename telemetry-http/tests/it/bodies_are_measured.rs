//! `http.server.request.body.size` and `http.server.response.body.size`.

use std::convert::Infallible;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::routing::{any, post};
use futures_util::stream;
use http::Method;
#[cfg(feature = "tonic")]
use http_body::Frame;
#[cfg(feature = "tonic")]
use http_body_util::StreamBody;
use http_body_util::{BodyExt, Full};
use telemetry_core::testing::Capture;
use telemetry_core::{Context, ContextExt};
use telemetry_http::server::CountedBody;
use telemetry_http::{Layer, RequestGuard};
use tokio::io::AsyncWriteExt;
use tower::{ServiceBuilder, ServiceExt, service_fn};

use crate::support::{
    REQUEST_SIZE, RESPONSE_SIZE, Server, active, attributes, head, histogram, one, total,
};

fn echo() -> Router {
    let frame = |request: Request| async {
        let _ = request.into_body().frame().await;
    };
    Router::new()
        .route("/echo", any(|body: Bytes| async { body }))
        .route("/ignores", post(|| async { "late" }))
        .route("/frame", post(frame))
}

/// What a request measures: its own body and its response's.
async fn sizes(request: &str) -> (u64, u64) {
    let capture = Capture::start();
    let server = Server::captured(&capture, echo().layer(Layer::new())).await;
    let mut connection = server.open(request).await;
    // Whether the response is read or not.
    tokio::io::AsyncReadExt::read_to_end(&mut connection, &mut Vec::new()).await.unwrap();
    active(&capture, 0).await;
    one(&capture).await;
    let ((requests, read), (responses, sent)) =
        (total(&capture, REQUEST_SIZE), total(&capture, RESPONSE_SIZE));
    assert_eq!((requests, responses), (1, 1), "{request}");
    (read as u64, sent as u64)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_request_has_the_bytes_that_the_service_read() {
    let declared = |path, length, body| {
        format!("{}\r\ncontent-length: {length}\r\n\r\n{body}", head("POST", path))
    };
    let chunked = format!(
        "{}\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n4\r\ndefg\r\n0",
        head("POST", "/echo")
    );
    for (request, expected) in [
        (head("GET", "/echo"), (0, 0)),
        (declared("/echo", 0, ""), (0, 0)),
        (declared("/echo", 5, "hello"), (5, 5)),
        (chunked, (7, 7)),
        (declared("/ignores", 5, "hello"), (0, 4)),
        (declared("/frame", 5, "hello"), (5, 0)),
        (head("HEAD", "/echo"), (0, 0)),
    ] {
        assert_eq!(sizes(&request).await, expected, "{request}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn over_http_2_a_body_needs_no_declaration() {
    let capture = Capture::start();
    let server = Server::captured(&capture, echo().layer(Layer::new())).await;
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let pieces = stream::iter(["hello, ", "world"].map(Ok::<_, Infallible>));
    let body = reqwest::Body::wrap_stream(pieces);
    let response = client.post(server.url("/echo")).body(body).send().await.unwrap();
    assert_eq!(response.text().await.unwrap(), "hello, world");
    one(&capture).await;
    assert_eq!(total(&capture, REQUEST_SIZE), (1, 12.0));
    assert_eq!(total(&capture, RESPONSE_SIZE), (1, 12.0));
    // A request without a body isn't one of unknown size.
    client.get(server.url("/echo")).send().await.unwrap();
    active(&capture, 0).await;
    assert_eq!(total(&capture, REQUEST_SIZE), (2, 12.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_a_client_that_leaves_while_it_sends_what_came_counts() {
    let capture = Capture::start();
    let server = Server::captured(&capture, echo().layer(Layer::new())).await;
    let request = format!("{}\r\ncontent-length: 1000", head("POST", "/echo"));
    let mut connection = server.open(&request).await;
    active(&capture, 1).await;
    connection.write_all(b"hello").await.unwrap();
    drop(connection);
    let span = one(&capture).await;
    active(&capture, 0).await;
    let (requests, read) = total(&capture, REQUEST_SIZE);
    assert!(requests == 1 && read <= 5.0, "{read} of 1000 declared: {span:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_declared_length_that_never_comes_counts_for_nothing() {
    let capture = Capture::start();
    let server = Server::captured(&capture, echo().layer(Layer::new())).await;
    let lie = format!("{}\r\ncontent-length: 999999999999999", head("POST", "/ignores"));
    assert!(server.raw(&lie).await.ends_with("late"));
    one(&capture).await;
    assert_eq!(total(&capture, REQUEST_SIZE), (1, 0.0));
}

/// Where nobody can count, what is declared has to do.
#[tokio::test]
async fn of_a_body_of_another_type_an_answered_requests_declaration_counts() {
    let answer = |_: http::Request<String>| async {
        Ok::<_, Infallible>(http::Response::new(Full::<Bytes>::default()))
    };
    for (version, method, length, expected) in [
        (http::Version::HTTP_11, Method::POST, Some("5"), (1, 5.0)),
        (http::Version::HTTP_11, Method::POST, None, (1, 0.0)),
        (http::Version::HTTP_2, Method::POST, None, (0, 0.0)),
        (http::Version::HTTP_2, Method::GET, None, (1, 0.0)),
        (http::Version::HTTP_11, Method::POST, Some("many"), (0, 0.0)),
    ] {
        let capture = Capture::start();
        let service = ServiceBuilder::new().layer(Layer::new()).service(service_fn(answer));
        let mut request = http::Request::builder().version(version).method(&method);
        if let Some(length) = length {
            request = request.header("content-length", length);
        }
        let request = request.body("hello".to_owned()).unwrap();
        capture.run_async(service.oneshot(request)).await.unwrap();
        let case = format!("{version:?} {method} {length:?}");
        assert_eq!(total(&capture, REQUEST_SIZE), expected, "{case}");
        assert_eq!(total(&capture, RESPONSE_SIZE), (1, 0.0), "{case}");
    }
}

/// Runs what hyper does within a context.
#[derive(Clone)]
struct Within(Context);

impl<F: Future<Output: Send> + Send + 'static> hyper::rt::Executor<F> for Within {
    fn execute(&self, work: F) {
        tokio::spawn(work.in_context(self.0.clone()));
    }
}

/// Over hyper, without axum: HTTP/2, where nothing is declared.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_body_of_any_type_is_counted_where_the_service_takes_any() {
    async fn answer<B: http_body::Body<Data = Bytes>>(
        request: http::Request<B>,
    ) -> Result<http::Response<Full<Bytes>>, Infallible> {
        let hint = request.body().size_hint();
        let read = match request.uri().path() {
            "/ignores" => Bytes::new(),
            _ => request.into_body().collect().await.map_or(Bytes::new(), |it| it.to_bytes()),
        };
        let answer = format!("{} of {:?}", read.len(), hint.exact());
        Ok(http::Response::new(Full::from(answer)))
    }
    let capture = Capture::start();
    let context = capture.pipeline().context();
    let service = ServiceBuilder::new()
        .map_request(CountedBody::around)
        .layer(Layer::new())
        .service_fn(answer::<CountedBody<hyper::body::Incoming>>);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = hyper_util::service::TowerToHyperService::new(service.clone());
            let server = hyper::server::conn::http2::Builder::new(Within(context.clone()));
            let connection = server.serve_connection(hyper_util::rt::TokioIo::new(stream), service);
            tokio::spawn(connection);
        }
    });
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    for (path, declares, answered, read) in [
        ("/", true, "12 of Some(12)", 12.0),
        ("/", false, "12 of None", 24.0),
        ("/ignores", false, "0 of None", 24.0),
    ] {
        let pieces = stream::iter(["hello, ", "world"].map(Ok::<_, Infallible>));
        let body = match declares {
            true => reqwest::Body::from("hello, world"),
            false => reqwest::Body::wrap_stream(pieces),
        };
        let request = client.post(format!("http://{address}{path}")).body(body);
        assert_eq!(request.send().await.unwrap().text().await.unwrap(), answered);
        active(&capture, 0).await;
        assert_eq!(total(&capture, REQUEST_SIZE).1, read, "{path} {declares}");
    }
    assert_eq!(total(&capture, REQUEST_SIZE).0, 3);
}

#[cfg(feature = "tonic")]
#[tokio::test]
async fn tonics_bodies_are_counted_as_they_are_read() {
    for (reads, expected) in [(true, 12.0), (false, 0.0)] {
        let capture = Capture::start();
        let answer = move |request: http::Request<tonic::body::Body>| async move {
            if reads {
                request.into_body().collect().await.unwrap();
            }
            Ok::<_, Infallible>(http::Response::new(tonic::body::Body::empty()))
        };
        let service = ServiceBuilder::new().layer(Layer::new()).service(service_fn(answer));
        let pieces =
            ["hello, ", "world"].map(|it| Ok::<_, Infallible>(Frame::data(Bytes::from(it))));
        let body = tonic::body::Body::new(StreamBody::new(stream::iter(pieces)));
        let request = http::Request::builder().version(http::Version::HTTP_2).method(Method::POST);
        let request = request.body(body).unwrap();
        capture.run_async(service.oneshot(request)).await.unwrap();
        assert_eq!(total(&capture, REQUEST_SIZE), (1, expected));
    }
}

#[test]
fn a_guard_is_told_what_was_sent() {
    let capture = Capture::start();
    capture.run(|| {
        let mut guard = RequestGuard::start(&http::Request::new(()));
        guard.respond(&mut http::Response::new(()));
        guard.sent(3);
        guard.sent(4);
        guard.end();
    });
    assert_eq!(total(&capture, RESPONSE_SIZE), (1, 7.0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sizes_are_on_spans_where_asked_for_and_measured_unless_not() {
    for (layer, measured, on_span) in [
        (Layer::new(), 1, None),
        (Layer::new().body_sizes_on_spans(), 1, Some("5")),
        (Layer::new().without_body_sizes(), 0, None),
        (Layer::new().without_body_sizes().body_sizes_on_spans(), 0, Some("5")),
    ] {
        let capture = Capture::start();
        let server = Server::captured(&capture, echo().layer(layer)).await;
        let request = format!("{}\r\ncontent-length: 5\r\n\r\nhello", head("POST", "/echo"));
        server.raw(&request).await;
        let span = one(&capture).await;
        let attributes = attributes(&span);
        for (metric, attribute) in
            [(REQUEST_SIZE, "http.request.body.size"), (RESPONSE_SIZE, "http.response.body.size")]
        {
            assert_eq!(attributes.get(attribute).map(String::as_str), on_span);
            assert_eq!(total(&capture, metric).0, measured);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_are_histograms_in_bytes_with_the_labels_of_the_duration() {
    let capture = Capture::start();
    let app = echo().route("/large", any(|| async { Body::from(vec![0; 5000]) }));
    let server = Server::captured(&capture, app.layer(Layer::new())).await;
    server.get("/large").await;
    one(&capture).await;
    for (name, bucket) in [(REQUEST_SIZE, 0), (RESPONSE_SIZE, 5)] {
        let metrics = capture.metrics();
        let metric = metrics.metric(name).unwrap();
        assert_eq!(metric.unit, "By");
        let (labels, point) = histogram(&capture, name).remove(0);
        let bounds = &point.bounds;
        assert_eq!((bounds[0], bounds[1], bounds[5], bounds.len()), (0.0, 64.0, 16_384.0, 14));
        assert_eq!(labels, crate::support::durations(&capture)[0].0);
        assert_eq!(point.buckets.iter().position(|count| *count == 1), Some(bucket));
    }
}
