use axum::Router;
use axum::routing::{any, get};
use telemetry_core::testing::{Capture, OwnedValue};
use telemetry_core::{MetricData, SpanKind, Status};
use telemetry_http::Layer;

use crate::support::{
    ACTIVE, DURATION, Server, attributes, durations, ended, head, labels, map, one, seconds,
};

fn shop() -> Router {
    let items = Router::new().route("/items/{item}", get(|| async { "an item" }));
    Router::new()
        .route("/orders/{id}", get(|| async { "an order" }))
        .route("/broken", get(|| async { (http::StatusCode::BAD_GATEWAY, "no") }))
        .route("/any", any(|| async { "anything" }))
        .nest("/shop/{shop}", items)
        .nest_service("/files", Router::new().route("/{name}", get(|| async { "a file" })))
        .layer(Layer::new())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_span_carries_exactly_the_attributes_of_the_conventions() {
    let capture = Capture::start();
    let server = Server::captured(&capture, shop()).await;
    let head = "GET /orders/17?page=2&token=abc HTTP/1.1\r\nhost: shop.example:8080\r\n\
                user-agent: test/1.0\r\naccept: text/plain\r\nx-request-id: r-1\r\nconnection: close";
    let connection = server.open(head).await;
    let client = connection.local_addr().unwrap();
    let span = one(&capture).await;

    assert_eq!(span.name, "GET /orders/{id}");
    assert_eq!((span.kind, span.status.clone()), (SpanKind::Server, Status::Unset));
    assert_eq!((span.parent_span_id, span.scope), (None, "telemetry-http"));
    let expected = map([
        ("client.address", "127.0.0.1"),
        ("http.request.method", "GET"),
        ("http.response.status_code", "200"),
        ("http.route", "/orders/{id}"),
        ("network.peer.address", "127.0.0.1"),
        ("network.peer.port", &client.port().to_string()),
        ("network.protocol.version", "1.1"),
        ("request.id", "r-1"),
        ("server.address", "shop.example"),
        ("server.port", "8080"),
        ("url.path", "/orders/17"),
        ("url.query", "page=2&token=REDACTED"),
        ("url.scheme", "http"),
        ("user_agent.original", "test/1.0"),
    ]);
    let found = attributes(&span).into_iter();
    assert_eq!(
        found
            .map(|(key, value)| (key.to_owned(), value))
            .collect::<std::collections::BTreeMap<_, _>>(),
        expected
    );
    for (key, value) in [("http.response.status_code", 200), ("server.port", 8080)] {
        assert_eq!(span.attribute(key), Some(&OwnedValue::I64(value)), "{key} is an integer");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_metrics_have_the_names_units_bounds_and_labels_of_the_conventions() {
    let capture = Capture::start();
    let server = Server::captured(&capture, shop()).await;
    server.get("/orders/17?token=abc").await;
    server.get("/broken").await;
    let spans = ended(&capture, 2).await;

    let metrics = capture.metrics();
    let duration = metrics.metric(DURATION).unwrap();
    assert_eq!(
        (&*duration.unit, &*duration.description),
        ("s", "Duration of HTTP server requests.")
    );
    let MetricData::Histogram { bounds, .. } = &duration.data else {
        panic!("{DURATION} is a histogram");
    };
    let conventional =
        [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];
    assert_eq!(**bounds, conventional);

    let active = metrics.metric(ACTIVE).unwrap();
    assert_eq!(
        (&*active.unit, &*active.description),
        ("{request}", "Number of active HTTP server requests.")
    );
    let MetricData::Sum { monotonic: false, points } = &active.data else {
        panic!("{ACTIVE} is an up-down counter");
    };
    assert_eq!(points.len(), 1);
    assert_eq!(
        labels(&points[0].attributes),
        map([("http.request.method", "GET"), ("url.scheme", "http")])
    );
    assert_eq!(points[0].value.as_f64(), 0.0);

    let series = durations(&capture);
    let found: Vec<_> = series.iter().map(|(labels, _)| labels.clone()).collect();
    let common = [
        ("http.request.method", "GET"),
        ("network.protocol.version", "1.1"),
        ("url.scheme", "http"),
    ];
    let mut ok = map(common);
    ok.extend(map([("http.response.status_code", "200"), ("http.route", "/orders/{id}")]));
    let mut broken = map(common);
    broken.extend(map([
        ("error.type", "502"),
        ("http.response.status_code", "502"),
        ("http.route", "/broken"),
    ]));
    assert_eq!(found.len(), 2);
    assert!(found.contains(&ok) && found.contains(&broken), "{found:#?}");

    // The span and the metric of a request hold the very same duration.
    for (labels, point) in &series {
        let span = spans.iter().find(|span| span.name.ends_with(&labels["http.route"])).unwrap();
        assert_eq!((point.count(), point.sum), (1, seconds(span)));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_and_routes_follow_the_router_and_never_the_path() {
    let capture = Capture::start();
    let server = Server::captured(&capture, shop()).await;
    let cases = [
        (
            "GET",
            "/shop/7/items/8",
            "GET /shop/{shop}/items/{item}",
            Some("/shop/{shop}/items/{item}"),
            200,
        ),
        ("POST", "/orders/17", "POST /orders/{id}", Some("/orders/{id}"), 405),
        ("GET", "/no/such/place", "GET", None, 404),
        ("GET", "/files/report.pdf", "GET", None, 200),
        ("OPTIONS", "/any", "OPTIONS /any", Some("/any"), 200),
        ("BREW", "/any", "HTTP /any", Some("/any"), 200),
        ("BREW", "/no/such/place", "HTTP", None, 404),
    ];
    for (done, (method, path, name, route, status)) in cases.into_iter().enumerate() {
        server.raw(&head(method, path)).await;
        let span = ended(&capture, done + 1).await.pop().unwrap();
        let attribute = |key| span.attribute(key).map(ToString::to_string);
        assert_eq!(span.name, name);
        assert_eq!(attribute("http.route").as_deref(), route);
        assert_eq!(attribute("url.path").as_deref(), Some(path));
        assert_eq!(attribute("http.response.status_code"), Some(status.to_string()));
        assert_eq!(span.status, Status::Unset, "a 4xx is no error of the server's");
        assert_eq!(attribute("error.type"), None);
        let known = method != "BREW";
        assert_eq!(
            attribute("http.request.method").as_deref(),
            Some(if known { method } else { "_OTHER" })
        );
        assert_eq!(
            attribute("http.request.method_original").as_deref(),
            (!known).then_some(method)
        );
    }
    let methods =
        durations(&capture).into_iter().map(|(labels, _)| labels["http.request.method"].clone());
    assert!(methods.into_iter().all(|method| method != "BREW"), "a client must not make up series");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_error_is_one_on_the_span_too() {
    let capture = Capture::start();
    let server = Server::captured(&capture, shop()).await;
    server.get("/broken").await;
    let span = one(&capture).await;
    assert_eq!(span.status, Status::ERROR, "without a description");
    assert_eq!(attributes(&span)["error.type"], "502");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn inside_a_nested_router_the_whole_path_and_route_are_known() {
    let capture = Capture::start();
    let inner =
        Router::new().route("/items/{item}", get(|| async { "an item" })).layer(Layer::new());
    let app = Router::new().nest("/shop", inner.clone()).nest_service("/mall", inner);
    let server = Server::captured(&capture, app).await;
    for (done, place) in ["/shop", "/mall"].into_iter().enumerate() {
        server.get(&format!("{place}/items/8")).await;
        let span = ended(&capture, done + 1).await.pop().unwrap();
        let attributes = attributes(&span);
        assert_eq!(attributes["url.path"], format!("{place}/items/8"));
        assert_eq!(attributes["http.route"], format!("{place}/items/{{item}}"));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versions_authorities_and_schemes_are_what_the_request_says() {
    for (request, version, server_address, scheme) in [
        ("GET /any HTTP/1.0", "1.0", None, "http"),
        ("GET /any HTTP/1.1\r\nhost: [::1]:80\r\nconnection: close", "1.1", Some("::1"), "http"),
        (
            "GET http://user:secret@proxy.example/any HTTP/1.1\r\nhost: other\r\nconnection: close",
            "1.1",
            Some("proxy.example"),
            "http",
        ),
        (
            "GET https://proxy.example/any HTTP/1.1\r\nhost: other\r\nconnection: close",
            "1.1",
            Some("proxy.example"),
            "https",
        ),
        (
            "GET gopher://proxy.example/any HTTP/1.1\r\nhost: other\r\nconnection: close",
            "1.1",
            Some("proxy.example"),
            "http",
        ),
        ("GET /any HTTP/1.1\r\nhost: not a host\r\nconnection: close", "1.1", None, "http"),
    ] {
        let capture = Capture::start();
        let server = Server::captured(&capture, shop()).await;
        server.raw(request).await;
        let span = one(&capture).await;
        let attributes = attributes(&span);
        assert_eq!(attributes["network.protocol.version"], version, "{request}");
        assert_eq!(
            attributes.get("server.address").map(String::as_str),
            server_address,
            "{request}"
        );
        assert_eq!(attributes["url.scheme"], scheme, "{request}");
        assert_eq!(attributes["url.path"], "/any", "{request}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_2_is_observed_like_http_1() {
    let capture = Capture::start();
    let server = Server::captured(&capture, shop()).await;
    let client = reqwest::Client::builder().http2_prior_knowledge().build().unwrap();
    let response = client.get(server.url("/orders/17")).send().await.unwrap();
    assert_eq!(response.version(), http::Version::HTTP_2);
    assert_eq!(response.text().await.unwrap(), "an order");

    let span = one(&capture).await;
    let attributes = attributes(&span);
    assert_eq!(span.name, "GET /orders/{id}");
    assert_eq!(attributes["network.protocol.version"], "2");
    assert_eq!(attributes["server.address"], "127.0.0.1");
    assert_eq!(attributes["server.port"], server.address.port().to_string());
    assert_eq!(attributes["http.response.status_code"], "200");
    let (labels, point) = durations(&capture).remove(0);
    assert_eq!(labels["network.protocol.version"], "2");
    assert_eq!((point.count(), point.sum), (1, seconds(&span)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_behind_tls_says_so() {
    let capture = Capture::start();
    let app = Router::new().route("/", get(|| async { "" })).layer(Layer::new().https());
    let server = Server::captured(&capture, app).await;
    server.get("/").await;
    assert_eq!(attributes(&one(&capture).await)["url.scheme"], "https");
    assert_eq!(durations(&capture)[0].0["url.scheme"], "https");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn overlong_values_are_cut_and_the_others_kept() {
    let capture = Capture::start();
    let server = Server::captured(&capture, shop()).await;
    let long = "x".repeat(10_000);
    server.raw(&head("GET", &format!("/{long}?{long}"))).await;
    let span = one(&capture).await;
    let attributes = attributes(&span);
    assert_eq!(attributes["url.path"].len(), 4096);
    assert_eq!(attributes["url.query"].len(), 4096);
    assert_eq!(attributes["http.response.status_code"], "404");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_duration_leads_to_the_span_that_it_was_measured_with() {
    let capture = Capture::start();
    let server = Server::captured(&capture, shop()).await;
    server.raw(&head("GET", "/orders/17")).await;
    let span = one(&capture).await;
    let durations = durations(&capture);
    let [(_, point)] = &durations[..] else { panic!("{durations:?}") };
    let exemplars: Vec<_> =
        point.exemplars.iter().map(|it| (it.value.as_f64(), it.trace_id, it.span_id)).collect();
    let seconds = (span.end_unix_nanos - span.start_unix_nanos) as f64 / 1e9;
    assert_eq!(exemplars, [(seconds, Some(span.trace_id), Some(span.span_id))]);
}
