//! The table of `telemetry_http::rpc::grpc`, by tonic's own client and server.

use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use telemetry_core::testing::{Capture, CapturedSpan};
use telemetry_core::{Baggage, Context, ContextExt, SpanKind, Status as SpanStatus, span};
use telemetry_http::rpc::grpc::ServerLayer;
use tonic::{Code, Request, Response, Status, Streaming};

use super::orders::{Order, OrderStream, Orders, OrdersClient};
use super::support::{CLIENT, GrpcServer, SERVER, calls, channel};
use crate::client::support::series;
use crate::support::{attributes, map, seconds};

/// Does what the order says.
struct Shop;

fn order(what: &str) -> Order {
    Order { what: what.to_owned() }
}

#[tonic::async_trait]
impl Orders for Shop {
    async fn place(&self, request: Request<Order>) -> Result<Response<Order>, Status> {
        let what = &*request.get_ref().what;
        if let Ok(code) = what.parse::<i32>() {
            return Err(Status::new(Code::from_i32(code), "hunter2"));
        }
        match what {
            "hang" => std::future::pending().await,
            "panic" => panic!("on purpose"),
            _ => span!("db").in_scope(|| Ok(Response::new(order(&format!("placed {what}"))))),
        }
    }

    async fn watch(&self, request: Request<Order>) -> Result<Response<OrderStream>, Status> {
        let what = request.into_inner().what;
        let orders = stream::iter([Ok(order("one")), Ok(order("two"))]);
        Ok(Response::new(match &*what {
            "breaks" => Box::pin(orders.chain(stream::iter([Err(Status::data_loss("lost"))]))),
            "endless" => Box::pin(orders.chain(stream::pending())),
            _ => Box::pin(orders.inspect(|_| span!("piece").in_scope(|| ()))),
        }))
    }

    async fn upload(&self, request: Request<Streaming<Order>>) -> Result<Response<Order>, Status> {
        let count = request.into_inner().count().await;
        Ok(Response::new(order(&count.to_string())))
    }

    async fn chat(
        &self,
        request: Request<Streaming<Order>>,
    ) -> Result<Response<OrderStream>, Status> {
        Ok(Response::new(Box::pin(request.into_inner())))
    }
}

/// The client's and the server's span of one call.
async fn both(capture: &Capture) -> (CapturedSpan, CapturedSpan) {
    let client = calls(capture, SpanKind::Client, 1).await.remove(0);
    let server = calls(capture, SpanKind::Server, 1).await.remove(0);
    assert_eq!(server.parent_span_id, Some(client.span_id), "the metadata carry the context");
    assert_eq!(server.trace_id, client.trace_id);
    (client, server)
}

fn code(span: &CapturedSpan) -> String {
    attributes(span)["rpc.status_code"].clone()
}

#[tokio::test]
async fn of_one_request_and_one_answer() {
    let capture = Capture::start();
    let server = GrpcServer::start(&capture, ServerLayer::new(), Shop).await;
    let mut orders = OrdersClient::new(server.channel());
    let call = orders.place(Request::new(order("a cup")));
    let answer = capture.run_async(call).await.unwrap();
    assert_eq!(answer.into_inner(), order("placed a cup"));
    let (client, answered) = both(&capture).await;
    let port = server.address.port().to_string();
    let expected = map([
        ("rpc.method", "shop.Orders/Place"),
        ("rpc.status_code", "OK"),
        ("rpc.system.name", "grpc"),
        ("server.address", "127.0.0.1"),
        ("server.port", &port),
    ]);
    for span in [&client, &answered] {
        assert_eq!((&*span.name, &span.status), ("shop.Orders/Place", &SpanStatus::Unset));
        let found = attributes(span).into_iter().map(|(key, value)| (key.to_owned(), value));
        assert_eq!(found.collect::<std::collections::BTreeMap<_, _>>(), expected);
    }
    assert_eq!(capture.spans_named("db")[0].parent_span_id, Some(answered.span_id));
    let client_series = series(&capture, CLIENT).remove(0);
    assert_eq!((&client_series.0, client_series.1.sum), (&expected, seconds(&client)));
    let server_series = series(&capture, SERVER).remove(0);
    let expected = map([
        ("rpc.method", "shop.Orders/Place"),
        ("rpc.status_code", "OK"),
        ("rpc.system.name", "grpc"),
    ]);
    assert_eq!((&server_series.0, server_series.1.sum), (&expected, seconds(&answered)));
}

#[tokio::test]
async fn of_all_kinds_of_streams() {
    for kind in ["Watch", "Upload", "Chat"] {
        let capture = Capture::start();
        let server = GrpcServer::start(&capture, ServerLayer::new(), Shop).await;
        let mut orders = OrdersClient::new(server.channel());
        let some = || stream::iter(["one", "two"].map(order));
        let call = async {
            match kind {
                "Watch" => {
                    let answer = orders.watch(Request::new(order("all"))).await.unwrap();
                    answer.into_inner().count().await
                }
                "Upload" => {
                    let answer = orders.upload(some()).await.unwrap();
                    answer.into_inner().what.parse().unwrap()
                }
                _ => orders.chat(some()).await.unwrap().into_inner().count().await,
            }
        };
        assert_eq!(capture.run_async(call).await, 2, "{kind}");
        let (client, server) = both(&capture).await;
        for span in [&client, &server] {
            assert_eq!(span.name, format!("shop.Orders/{kind}"));
            assert_eq!((&*code(span), &span.status), ("OK", &SpanStatus::Unset), "{kind}");
        }
        if kind == "Watch" {
            let pieces = capture.spans_named("piece");
            assert!(pieces.iter().all(|piece| piece.parent_span_id == Some(server.span_id)));
            assert_eq!(pieces.len(), 2, "what the stream does is the call's");
        }
    }
}

#[tokio::test]
async fn with_every_status() {
    let errors_of_servers =
        ["UNKNOWN", "DEADLINE_EXCEEDED", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS"];
    let names = [
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];
    for (number, name) in (1..).zip(names) {
        let capture = Capture::start();
        let layer = ServerLayer::new().methods(["shop.Orders/Place"]);
        let server = GrpcServer::start(&capture, layer, Shop).await;
        let mut orders = OrdersClient::new(server.channel());
        let request = Request::new(order(&i32::to_string(&number)));
        let status = capture.run_async(orders.place(request)).await.unwrap_err();
        assert_eq!(status.code() as i32, number);
        let (client, server) = both(&capture).await;
        assert_eq!((&*code(&client), &*code(&server)), (name, name));
        assert_eq!((&*server.name, &client.status), ("shop.Orders/Place", &SpanStatus::ERROR));
        assert_eq!(attributes(&client)["error.type"], name);
        let is_error = errors_of_servers.contains(&name);
        let expected = if is_error { SpanStatus::ERROR } else { SpanStatus::Unset };
        assert_eq!(server.status, expected, "{name}");
        assert_eq!(attributes(&server).contains_key("error.type"), is_error, "{name}");
        let everything = format!("{:?}{:?}", capture.spans(), capture.metrics());
        assert!(!everything.contains("hunter2"), "a message is for the caller");
    }
}

#[tokio::test]
async fn that_break_in_the_stream() {
    let capture = Capture::start();
    let server = GrpcServer::start(&capture, ServerLayer::new(), Shop).await;
    let mut orders = OrdersClient::new(server.channel());
    let call = async {
        let answer = orders.watch(Request::new(order("breaks"))).await.unwrap();
        answer.into_inner().collect::<Vec<_>>().await
    };
    assert_eq!(capture.run_async(call).await.len(), 3);
    let (client, server) = both(&capture).await;
    assert_eq!((&*code(&client), &*code(&server)), ("DATA_LOSS", "DATA_LOSS"));
}

#[tokio::test]
async fn that_nobody_waits_for() {
    let capture = Capture::start();
    let server = GrpcServer::start(&capture, ServerLayer::new(), Shop).await;
    let mut orders = OrdersClient::new(server.channel());
    let call = async {
        let mut answer = orders.watch(Request::new(order("endless"))).await.unwrap().into_inner();
        answer.next().await.unwrap().unwrap();
    };
    capture.run_async(call).await;
    let (client, server) = both(&capture).await;
    for (span, outcome) in [(&client, "cancelled"), (&server, "client_disconnected")] {
        assert_eq!(code(span), "CANCELLED");
        assert_eq!(attributes(span)["telemetry.outcome"], outcome);
    }
    assert_eq!((&client.status, &server.status), (&SpanStatus::ERROR, &SpanStatus::Unset));
}

#[tokio::test]
async fn whose_deadline_passes_for_the_client() {
    let capture = Capture::start();
    let server = GrpcServer::start(&capture, ServerLayer::new(), Shop).await;
    let mut orders = OrdersClient::new(server.channel());
    let mut request = Request::new(order("hang"));
    request.set_timeout(Duration::from_millis(50));
    capture.run_async(orders.place(request)).await.unwrap_err();
    let client = calls(&capture, SpanKind::Client, 1).await.remove(0);
    assert_eq!((&*code(&client), &client.status), ("DEADLINE_EXCEEDED", &SpanStatus::ERROR));
}

#[tokio::test]
async fn whose_deadline_passes_for_the_server() {
    use tower::{Layer, Service, service_fn};

    let capture = Capture::start();
    let hang = service_fn(async |_: http::Request<()>| {
        std::future::pending::<Result<http::Response<String>, std::convert::Infallible>>().await
    });
    let mut service = ServerLayer::new().methods(["shop.Orders/Place"]).layer(hang);
    let request = http::Request::post("http://a/shop.Orders/Place")
        .header("content-type", "application/grpc+proto")
        .header("grpc-timeout", "1m")
        .body(())
        .unwrap();
    let call = capture.run(|| service.call(request));
    tokio::time::sleep(Duration::from_millis(5)).await;
    drop(call);
    let server = calls(&capture, SpanKind::Server, 1).await.remove(0);
    assert_eq!((&*code(&server), &server.status), ("DEADLINE_EXCEEDED", &SpanStatus::ERROR));
}

#[tokio::test]
async fn that_panic() {
    let capture = Capture::start();
    let server = GrpcServer::start(&capture, ServerLayer::new(), Shop).await;
    let mut orders = OrdersClient::new(server.channel());
    let call = orders.place(Request::new(order("panic")));
    capture.run_async(call).await.unwrap_err();
    let server = calls(&capture, SpanKind::Server, 1).await.remove(0);
    let found = attributes(&server);
    assert_eq!((&*found["error.type"], &*found["telemetry.outcome"]), ("panic", "panicked"));
    assert_eq!(code(&server), "UNKNOWN");
}

#[tokio::test]
async fn that_reach_nobody() {
    let capture = Capture::start();
    // Bound and not listening: nobody else can come to listen there.
    let unused = tokio::net::TcpSocket::new_v4().unwrap();
    unused.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = format!("http://{}", unused.local_addr().unwrap());
    let call = async {
        let mut orders = OrdersClient::new(channel(&address));
        orders.place(Request::new(order("a cup"))).await.unwrap_err()
    };
    let status = capture.run_async(call).await;
    assert_eq!(status.code(), Code::Unavailable);
    let client = calls(&capture, SpanKind::Client, 1).await.remove(0);
    assert_eq!((&*code(&client), &client.status), ("UNAVAILABLE", &SpanStatus::ERROR));
}

#[tokio::test]
async fn of_procedures_that_there_are_not_share_a_series() {
    let capture = Capture::start();
    let server = GrpcServer::start(&capture, ServerLayer::new(), Shop).await;
    let mut orders = OrdersClient::new(server.channel());
    for method in ["Guess1", "Guess2", "Guess3"] {
        let status = orders.unary(method, Request::new(order("a cup"))).await.unwrap_err();
        assert_eq!(status.code(), Code::Unimplemented);
    }
    for span in calls(&capture, SpanKind::Server, 3).await {
        let found = attributes(&span);
        assert_eq!((&*span.name, &*found["rpc.method"]), ("grpc", "_OTHER"));
        assert!(found["rpc.method_original"].starts_with("shop.Orders/Guess"), "{found:?}");
    }
    let durations = series(&capture, SERVER);
    assert_eq!(durations.len(), 1, "{durations:#?}");
    assert_eq!((&*durations[0].0["rpc.method"], durations[0].1.count()), ("_OTHER", 3));
}

#[tokio::test]
async fn of_excluded_services_are_counted_and_nothing_else() {
    let capture = Capture::start();
    let layer = ServerLayer::new().exclude(["shop.Orders"]);
    let server = GrpcServer::start(&capture, layer, Shop).await;
    OrdersClient::new(server.channel()).place(Request::new(order("a cup"))).await.unwrap();
    assert_eq!(capture.metrics().sum("telemetry.rpc.server.excluded_calls", &[]), 1.0);
    assert!(capture.spans().iter().all(|span| span.kind != SpanKind::Server));
    assert!(series(&capture, SERVER).is_empty());
}

#[tokio::test]
async fn of_health_checks_are_left_out_unasked() {
    let capture = Capture::start();
    let answer = |_: http::Request<()>| async {
        let mut response = http::Response::new(tonic::body::Body::empty());
        response.headers_mut().insert("grpc-status", http::HeaderValue::from_static("0"));
        Ok::<_, std::convert::Infallible>(response)
    };
    let layer = ServerLayer::new().methods(["grpc.health.v1.HealthOfCups/Check"]);
    for path in ["/grpc.health.v1.Health/Check", "/grpc.health.v1.HealthOfCups/Check"] {
        let service = tower::ServiceBuilder::new().layer(layer.clone()).service_fn(answer);
        let request = http::Request::post(path).header("content-type", "application/grpc");
        let call = tower::ServiceExt::oneshot(service, request.body(()).unwrap());
        capture.run_async(call).await.unwrap();
    }
    assert_eq!(capture.metrics().sum("telemetry.rpc.server.excluded_calls", &[]), 1.0);
    let spans = calls(&capture, SpanKind::Server, 1).await;
    assert_eq!(spans[0].name, "grpc.health.v1.HealthOfCups/Check");
}

#[tokio::test]
async fn carry_the_baggage_along() {
    struct Tenant;
    #[tonic::async_trait]
    impl Orders for Tenant {
        async fn place(&self, _: Request<Order>) -> Result<Response<Order>, Status> {
            let context = Context::current();
            Ok(Response::new(order(context.baggage().get("tenant.id").unwrap_or("nobody"))))
        }
        async fn watch(&self, _: Request<Order>) -> Result<Response<OrderStream>, Status> {
            Err(Status::unimplemented(""))
        }
        async fn upload(&self, _: Request<Streaming<Order>>) -> Result<Response<Order>, Status> {
            Err(Status::unimplemented(""))
        }
        async fn chat(
            &self,
            _: Request<Streaming<Order>>,
        ) -> Result<Response<OrderStream>, Status> {
            Err(Status::unimplemented(""))
        }
    }
    let capture = Capture::start();
    let server = GrpcServer::start(&capture, ServerLayer::new(), Tenant).await;
    let mut orders = OrdersClient::new(server.channel());
    let context = capture.pipeline().context();
    let context = context.with_baggage(Baggage::default().with("tenant.id", "acme"));
    let answer = orders.place(Request::new(order("a cup"))).in_context(context).await.unwrap();
    assert_eq!(answer.into_inner(), order("acme"));
}
