//! What a service adds to what the layer knows by itself: ids, headers, errors, and hooks.

use std::io;

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderName, StatusCode, header};
use telemetry_core::testing::Capture;
use telemetry_core::{Context, ErrorClass, Severity, Status, emit, span};
use telemetry_http::Layer;
use telemetry_http::server::{Failure, Identity, RequestHead, Route};
use tower::{ServiceBuilder, ServiceExt, service_fn};

use crate::support::{Server, attributes, durations, head, one};

/// Sends a request with further header lines to a handler that says what its baggage has of the tenant.
async fn send(layer: Layer, lines: &str) -> (Capture, String) {
    send_to(Router::new().route("/", get(tenant_of_baggage)).layer(layer), lines).await
}

async fn send_to(app: Router, lines: &str) -> (Capture, String) {
    let capture = Capture::start();
    let server = Server::captured(&capture, app).await;
    let response = server.raw(&format!("{}{lines}", head("GET", "/?email=a&page=2"))).await;
    one(&capture).await;
    (capture, response)
}

async fn tenant_of_baggage() -> String {
    emit!("answered");
    format!("tenant {:?}", Context::current().baggage().get("tenant.id"))
}

/// The attributes of the one request, as text.
async fn recorded(capture: &Capture, keys: &[&str]) -> Vec<Option<String>> {
    let span = one(capture).await;
    let attributes = attributes(&span);
    keys.iter().map(|key| attributes.get(key).cloned()).collect()
}

fn text(texts: &[Option<&str>]) -> Vec<Option<String>> {
    texts.iter().map(|text| text.map(str::to_owned)).collect()
}

const IDS: [&str; 4] = ["user.id", "session.id", "tenant.id", "user.hash"];

fn by_headers(request: &RequestHead<'_>) -> Option<Identity> {
    let value = |name| request.headers().get(name)?.to_str().ok();
    let identity = Identity::new().user(value("x-user")?).session(value("x-session")?);
    Some(identity.tenant(value("x-tenant")?))
}

const WHO: &str = "\r\nx-user: u-17\r\nx-session: s-1\r\nx-tenant: acme";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_is_on_the_span_and_on_no_metric() {
    let (capture, _) = send(Layer::new().identify(by_headers), WHO).await;
    let expected = text(&[Some("u-17"), Some("s-1"), Some("acme"), None]);
    assert_eq!(recorded(&capture, &IDS).await, expected);
    let metrics = format!("{:?}", capture.metrics());
    assert!(!["u-17", "s-1", "acme"].iter().any(|id| metrics.contains(id)), "{metrics}");

    let (capture, _) = send(Layer::new(), WHO).await;
    assert_eq!(recorded(&capture, &IDS).await, text(&[None; 4]), "nothing unless asked for");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_can_be_said_within_the_layer_and_around_it() {
    async fn within(request: Request, next: Next) -> Response {
        let mut response = next.run(request).await;
        response.extensions_mut().insert(Identity::new().user("within"));
        response
    }
    async fn around(mut request: Request, next: Next) -> Response {
        request.extensions_mut().insert(Identity::new().user("around").tenant("acme"));
        next.run(request).await
    }
    let routes = || Router::new().route("/", get(tenant_of_baggage));
    let app = routes().layer(from_fn(within)).layer(Layer::new().identify(by_headers));
    let (capture, _) = send_to(app, WHO).await;
    let expected = text(&[Some("within"), Some("s-1"), Some("acme"), None]);
    assert_eq!(recorded(&capture, &IDS).await, expected);

    let asked = Layer::new().identify(|_| None);
    let (capture, _) = send_to(routes().layer(asked).layer(from_fn(around)), "").await;
    let expected = text(&[Some("around"), None, Some("acme"), None]);
    assert_eq!(recorded(&capture, &IDS).await, expected);
}

#[cfg(feature = "hashed-ids")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ids_can_be_hashed_and_then_stand_nowhere_else() {
    let layer = |key: &str| Layer::new().identify(by_headers).hash_ids(key).unwrap();
    let mut hashes = Vec::new();
    for key in ["0123456789abcdef", "0123456789abcdef", "fedcba9876543210"] {
        let (capture, _) = send(layer(key), WHO).await;
        let ids = recorded(&capture, &IDS).await;
        assert_eq!(ids[0], None);
        let hash = ids[3].clone().unwrap();
        assert!(hash.len() == 32 && hash.bytes().all(|digit| digit.is_ascii_hexdigit()), "{hash}");
        let everything = format!("{:?} {:?}", capture.spans(), capture.events());
        assert!(!["u-17", "s-1", "acme"].iter().any(|id| everything.contains(id)), "{everything}");
        hashes.push(hash);
    }
    assert_eq!(hashes[0], hashes[1], "the same id and key have the same hash");
    assert_ne!(hashes[0], hashes[2], "by another key it is another");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tenant_goes_with_the_baggage_where_asked_for() {
    let (_, response) = send(Layer::new().identify(by_headers), WHO).await;
    assert!(response.ends_with("tenant None"), "{response}");
    let (_, response) = send(Layer::new().identify(by_headers).carry_tenant(), WHO).await;
    assert!(response.ends_with("tenant Some(\"acme\")"), "{response}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_requests_id_stands_in_its_log_records() {
    let (capture, _) = send(Layer::new(), "\r\nx-request-id: r-1").await;
    let events = capture.events();
    assert_eq!(events[0].attribute("request.id").unwrap(), &"r-1", "{events:#?}");
    // One that is the trace's stands there as that.
    let (capture, _) = send(Layer::new(), "").await;
    let (event, span) = (&capture.events()[0], one(&capture).await);
    assert_eq!((event.attribute("request.id"), event.trace_id), (None, Some(span.trace_id)));
    // Baggage from elsewhere is no way to write into logs.
    let (capture, _) = send(Layer::new(), "\r\nbaggage: request.id=a%20b").await;
    assert_eq!(capture.events()[0].attribute("request.id"), None);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn headers_are_recorded_where_they_are_listed_and_never_secrets() {
    const SECRET: &str = "hunter2";
    let listed = ["accept-language", "x-many", "absent", "authorization", "cookie", "x-api-key"];
    let listed = listed.map(HeaderName::from_static);
    let with_token = HeaderName::from_static("x-next");
    let layer = Layer::new()
        .request_headers(listed.into_iter().chain([with_token]))
        .response_headers([header::CONTENT_TYPE, header::SET_COOKIE]);
    let lines = format!(
        "\r\nAccept-Language: de\r\nx-many: 1\r\nx-many: 2\r\nx-other: {SECRET}\r\ncookie: sid={SECRET}\r\n\
         authorization: Bearer {SECRET}\r\nx-api-key: {SECRET}\r\nx-next: https://a.example/?token={SECRET}"
    );
    let answer = || async { ([("set-cookie", "sid=hunter2"), ("x-served-by", "hunter2")], "text") };
    let (capture, _) = send_to(Router::new().route("/", get(answer)).layer(layer), &lines).await;
    let span = one(&capture).await;
    let attributes = attributes(&span);
    let captured: Vec<_> = attributes
        .iter()
        .filter(|(key, _)| key.starts_with("http.re") && key.contains(".header."))
        .map(|(key, value)| (*key, value.as_str()))
        .collect();
    let next = captured.iter().find(|(key, _)| key.ends_with("x-next")).unwrap().1;
    assert!(next.contains("a.example") && !next.contains(SECRET), "{next}");
    let expected = [
        ("http.request.header.accept-language", r#"["de"]"#),
        ("http.request.header.authorization", r#"["REDACTED"]"#),
        ("http.request.header.cookie", r#"["REDACTED"]"#),
        ("http.request.header.x-api-key", r#"["REDACTED"]"#),
        ("http.request.header.x-many", r#"["1","2"]"#),
        ("http.request.header.x-next", next),
        ("http.response.header.content-type", r#"["text/plain; charset=utf-8"]"#),
        ("http.response.header.set-cookie", r#"["REDACTED"]"#),
    ];
    assert_eq!(captured, expected);
    assert!(!format!("{span:?}").contains(SECRET), "{span:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_loses_what_the_service_calls_secret() {
    let (capture, _) = send(Layer::new().secret_query_keys(["E-Mail"]), "").await;
    let query = recorded(&capture, &["url.query"]).await;
    assert_eq!(query, text(&[Some("email=REDACTED&page=2")]));
    let (capture, _) = send(Layer::new().without_query(), "").await;
    assert_eq!(recorded(&capture, &["url.query"]).await, text(&[None]));
}

/// An error of a handler's own.
#[derive(Debug)]
struct AppError(io::Error, StatusCode);

impl std::fmt::Display for AppError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("the warehouse is closed, password=hunter2")
    }
}

impl std::error::Error for AppError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        let mut response = self.1.into_response();
        response.extensions_mut().insert(Failure::of(&self));
        response
    }
}

async fn failed(status: StatusCode, kind: io::ErrorKind) -> Capture {
    let handler = move || async move { Err::<String, _>(AppError(kind.into(), status)) };
    let app = Router::new().route("/", get(handler)).layer(Layer::new());
    send_to(app, "").await.0
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_handlers_error_gives_a_server_error_its_class_and_its_message_to_the_logs() {
    let capture = failed(StatusCode::SERVICE_UNAVAILABLE, io::ErrorKind::TimedOut).await;
    let span = one(&capture).await;
    assert_eq!(span.status, Status::ERROR);
    assert_eq!(attributes(&span)["error.type"], "timeout");
    assert_eq!(attributes(&span)["http.response.status_code"], "503");
    let (labels, point) = durations(&capture).remove(0);
    assert_eq!((&*labels["error.type"], point.count()), ("timeout", 1));
    let events = capture.events();
    let [event] = &events[..] else { panic!("{events:#?}") };
    assert_eq!((&*event.event_name, event.severity), ("exception", Severity::Error));
    assert_eq!(event.span_id, Some(span.span_id));
    let message = event.attribute("exception.message").unwrap().to_string();
    assert!(message.starts_with("the warehouse is closed"), "{message}");
    let everything = format!("{span:?} {events:?} {:?}", capture.metrics());
    assert!(!everything.contains("hunter2"), "{everything}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_errors_message_stays_out_of_the_logs_where_the_handler_says_so() {
    let error = || io::Error::from(io::ErrorKind::TimedOut);
    for failure in
        [Failure::of(&error()).without_message(), Failure::of_class(ErrorClass::of(&error()))]
    {
        let handler = move || {
            let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
            response.extensions_mut().insert(failure.clone());
            std::future::ready(response)
        };
        let app = Router::new().route("/", get(handler)).layer(Layer::new());
        let (capture, _) = send_to(app, "").await;
        assert_eq!(attributes(&one(&capture).await)["error.type"], "timeout");
        assert!(capture.events().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_an_error_without_a_class_the_status_tells() {
    let capture = failed(StatusCode::BAD_GATEWAY, io::ErrorKind::Other).await;
    assert_eq!(
        attributes(&one(&capture).await)["error.type"],
        durations(&capture)[0].0["error.type"]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rejection_is_no_error_and_names_its_class() {
    let capture = failed(StatusCode::UNPROCESSABLE_ENTITY, io::ErrorKind::TimedOut).await;
    let span = one(&capture).await;
    let attributes = attributes(&span);
    assert_eq!((attributes.get("error.type"), &span.status), (None, &Status::Unset));
    assert_eq!(attributes["telemetry.http.rejection"], "timeout");
    assert!(capture.events().is_empty());
    assert!(!durations(&capture)[0].0.contains_key("error.type"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_hook_can_be_replaced() {
    let layer = Layer::new()
        .route_by(|request| Some(Route::new(format!("routed{}", request.path()))))
        .name_by(|request, route| {
            let name = format!("{:?} {} {}", request.version(), request.method(), route?);
            Some(name.into())
        })
        .error_type_by(|response| (response.status() == 404).then_some("absent".into()))
        .on_request(|request, span| span.set("shop.query", request.uri().query()))
        .on_response(|response, span| {
            span.set("shop.cached", response.headers().contains_key("age"));
        })
        .on_response(|response, span| span.set("shop.second", response.extensions().is_empty()));
    let app = Router::new().route("/", get(|| async { (StatusCode::NOT_FOUND, [("age", "1")]) }));
    let (capture, _) = send_to(app.layer(layer), "").await;
    let span = one(&capture).await;
    let attributes = attributes(&span);
    assert_eq!(span.name, "HTTP/1.1 GET routed/");
    for (key, value) in [
        ("http.route", "routed/"),
        ("error.type", "absent"),
        ("shop.query", "email=a&page=2"),
        ("shop.cached", "true"),
    ] {
        assert_eq!(attributes[key], value, "{key}");
    }
    assert!(attributes.contains_key("shop.second"));
    let labels = &durations(&capture)[0].0;
    assert_eq!((&*labels["http.route"], &*labels["error.type"]), ("routed/", "absent"));
    assert_eq!(span.status, Status::ERROR);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_are_left_out_by_a_closure_too() {
    let capture = Capture::start();
    let layer = Layer::new().exclude_when(|request| request.headers().contains_key("x-probe"));
    let app = Router::new().route("/", get(|| async {})).layer(layer);
    let server = Server::captured(&capture, app).await;
    server.raw(&format!("{}\r\nx-probe: 1", head("GET", "/"))).await;
    server.get("/").await;
    one(&capture).await;
    assert_eq!(capture.metrics().sum("telemetry.http.server.excluded_requests", &[]), 1.0);
}

#[tokio::test]
async fn errors_of_a_services_own_types_get_classes() {
    struct Overload;
    let capture = Capture::start();
    let layer = Layer::new()
        .classify_errors(|_: &io::Error| ErrorClass::new("disk", false))
        .classify_errors(|_: &Overload| ErrorClass::new("overload", true));
    let answer = |_: http::Request<()>| async { Err::<http::Response<String>, _>(Overload) };
    let service = ServiceBuilder::new().layer(layer).service(service_fn(answer));
    assert!(capture.run_async(service.oneshot(http::Request::new(()))).await.is_err());
    assert_eq!(attributes(&one(&capture).await)["error.type"], "overload");
    assert_eq!(durations(&capture)[0].0["error.type"], "overload");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hook_that_panics_says_nothing_and_is_counted() {
    let layer = Layer::new()
        .identify(|_| panic!("identify"))
        .exclude_when(|_| panic!("exclude_when"))
        .route_by(|_| panic!("route_by"))
        .name_by(|_, _| panic!("name_by"))
        .error_type_by(|_| panic!("error_type_by"))
        .on_request(|_, _| panic!("on_request"))
        .on_response(|_, _| panic!("on_response"));
    let (capture, response) = send(layer, "").await;
    assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    let span = one(&capture).await;
    assert_eq!((&*span.name, &span.status), ("GET", &Status::Unset));
    assert_eq!(durations(&capture)[0].1.count(), 1);
    for hook in [
        "identify",
        "exclude_when",
        "route_by",
        "name_by",
        "error_type_by",
        "on_request",
        "on_response",
    ] {
        let labels = [("telemetry.http.hook", hook)];
        let count = capture.metrics().sum("telemetry.http.server.hook_panics", &labels);
        assert_eq!(count, 1.0, "{hook}");
    }
    // What comes after is observed as ever.
    capture.run(|| span!("after").in_scope(|| ()));
    assert_eq!(capture.spans_named("after").len(), 1);
}
