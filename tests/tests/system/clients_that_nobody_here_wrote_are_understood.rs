//! Clients of npm, Python's and curl call services here; their traces come in, and go out again.

use std::net::SocketAddr;
use std::process::Command;
use std::sync::mpsc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, Method};
use axum::middleware::{Next, from_fn};
use axum::response::IntoResponse;
use axum::routing::{any, get, post};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use serde_json::{Value, json};
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef};
use telemetry_core::testing::{Capture, CapturedSpan};
use telemetry_core::{ContextExt, SpanKind, Status};
use telemetry_http::rpc::{self, Failure};
use telemetry_http::socket::socketioxide::{closing, observe, traced};
use telemetry_http::{Layer, client};
use telemetry_tests::{PATIENCE, Process, curl, eventually, node_script, python_script};
use tokio::net::TcpListener;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// A service in a thread of its own, with all its telemetry in a capture; it ends with the test.
struct Service {
    capture: Capture,
    address: SocketAddr,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Service {
    fn start(app: impl FnOnce(&Capture) -> Router) -> Self {
        let capture = Capture::start();
        let context = capture.pipeline().context();
        let within = move |request: Request, next: Next| {
            let context = context.clone();
            async move { next.run(request).in_context(context).await }
        };
        let app = app(&capture).layer(Layer::new()).layer(from_fn(within));
        let (address, listening) = mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async move {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                address.send(listener.local_addr().unwrap()).unwrap();
                let served = async { axum::serve(listener, app).await.unwrap() };
                tokio::select! {
                    () = served => {}
                    _ = stopped => {}
                }
            });
        });
        let address = listening.recv_timeout(PATIENCE).unwrap();
        Self { capture, address, stop: Some(stop), thread: Some(thread) }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Waits for the span of this name that `which` accepts.
    fn span(&self, name: &str, which: impl Fn(&CapturedSpan) -> bool) -> CapturedSpan {
        eventually(name, || {
            let all = self.capture.spans();
            let find = all.iter().find(|span| span.name == name && which(span));
            find.cloned().ok_or_else(|| format!("{all:#?}"))
        })
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

/// What a program prints as its last act, as JSON.
fn told(mut command: Command) -> Value {
    let mut program = Process::start(&mut command);
    let told = program.line("JSON", |line| serde_json::from_str(line).ok());
    assert!(program.wait().success(), "{}", program.told());
    told
}

fn attribute(span: &CapturedSpan, key: &str) -> String {
    span.attribute(key).unwrap_or_else(|| panic!("no {key}: {span:#?}")).to_string()
}

fn parent(span: &CapturedSpan) -> String {
    span.parent_span_id.map(|id| id.to_string()).unwrap_or_default()
}

#[test]
fn socket_io_of_npm() {
    async fn user_message(socket: SocketRef, Data(message): Data<Value>) {
        socket.emit("chat:answer", &message).unwrap();
    }
    async fn acknowledged(Data(_): Data<Value>, ack: AckSender) {
        ack.send("seen").unwrap();
    }
    let service = Service::start(|capture| {
        let (layer, io) = SocketIo::new_layer();
        let context = capture.pipeline().context();
        io.ns("/", async move |socket: SocketRef| {
            let connection = context.in_scope(|| observe(&socket));
            connection.set_session_id("s-4");
            socket.on("chat:user_message", traced(user_message));
            socket.on("acknowledged", traced(acknowledged));
            socket.on_disconnect(closing(async || {}));
            socket.emit("ready", &()).unwrap();
        });
        Router::new().layer(layer)
    });
    let mut command = node_script("socket_io_client.cjs");
    command.args([&service.url("/"), PARENT]);
    let told = told(command);
    assert_eq!((&told["text"], &told["seen"]), (&json!("hello"), &json!("seen")));
    assert_eq!(told["transport"], "websocket");

    let connection = service.span("socket.io connection", |_| true);
    assert_eq!(attribute(&connection, "socket.id"), told["id"].as_str().unwrap());
    assert_eq!(
        (connection.trace_id.to_string(), parent(&connection)),
        (TRACE.into(), CALLER.into())
    );
    assert_eq!(connection.status, Status::Unset);
    let reason = attribute(&connection, "telemetry.socket.close_reason");
    // The client says farewell and closes; which of it comes first is the network's affair.
    assert!(["client_namespace_disconnect", "transport_close"].contains(&&*reason), "{reason}");
    let message = service.span("socket.io chat:user_message", |_| true);
    assert_eq!(
        (message.kind, message.parent_span_id),
        (SpanKind::Consumer, Some(connection.span_id))
    );
    assert_eq!(attribute(&message, "messaging.system"), "socket.io");
    assert_eq!(attribute(&message, "session.id"), "s-4");
    service.span("socket.io acknowledged", |_| true);
    assert_eq!(service.capture.metrics().sum("telemetry.socket.connections", &[]), 0.0);
}

/// tRPC's protocol, as far as a service needs it: calls side by side in one path, each with its input.
async fn trpc(
    method: Method,
    Path(path): Path<String>,
    Query(query): Query<std::collections::HashMap<String, String>>,
    body: Bytes,
) -> impl IntoResponse {
    let inputs = if method == Method::GET {
        query.get("input").cloned().unwrap_or_default()
    } else {
        String::from_utf8(body.to_vec()).unwrap()
    };
    let inputs: Value = serde_json::from_str(&inputs).unwrap();
    let calls = path.split(',').enumerate().map(|(place, procedure)| {
        procedure_call(procedure.to_owned(), inputs[place.to_string()].clone())
    });
    axum::Json(Value::from(futures_util::future::join_all(calls).await))
}

async fn procedure_call(procedure: String, input: Value) -> Value {
    let call = match &*procedure {
        "orders.get" => rpc::call("trpc", "orders.get"),
        "orders.place" => rpc::call("trpc", "orders.place"),
        _ => rpc::call("trpc", "_OTHER"),
    };
    let work = async {
        match &*procedure {
            "orders.get" if input["id"] == 404 => Err("NOT_FOUND"),
            "orders.get" => Ok(json!({ "id": input["id"], "what": "a cup" })),
            "orders.place" => Ok(json!("placed")),
            _ => Err("METHOD_NOT_SUPPORTED"),
        }
    };
    match call.try_run_with(work, |code: &&'static str| Failure::status(*code)).await {
        Ok(data) => json!({ "result": { "data": data } }),
        Err(code) => json!({ "error": {
            "message": code,
            "code": -32004,
            "data": { "code": code, "httpStatus": 404, "path": procedure },
        } }),
    }
}

#[test]
fn trpc_of_npm() {
    let service = Service::start(|_| Router::new().route("/trpc/{path}", any(trpc)));
    let mut command = node_script("trpc_client.cjs");
    command.args([&service.url("/trpc"), PARENT]);
    let told = told(command);
    assert_eq!(told["order"], json!({ "id": 17, "what": "a cup" }));
    assert_eq!((&told["missing"], &told["placed"]), (&json!("NOT_FOUND"), &json!("placed")));

    let failed = service.span("orders.get", |span| span.status == Status::ERROR);
    let answered = service.span("orders.get", |span| span.status == Status::Unset);
    assert_eq!(attribute(&failed, "rpc.status_code"), "NOT_FOUND");
    assert_eq!(attribute(&answered, "rpc.system.name"), "trpc");
    let batch = service.span("GET /trpc/{path}", |_| true);
    assert_eq!((batch.trace_id.to_string(), parent(&batch)), (TRACE.into(), CALLER.into()));
    for call in [&failed, &answered] {
        assert_eq!(call.parent_span_id, Some(batch.span_id), "a batch makes one span per call");
    }
    let placed = service.span("orders.place", |_| true);
    let request = service.span("POST /trpc/{path}", |_| true);
    assert_eq!(placed.parent_span_id, Some(request.span_id));
    let metrics = service.capture.metrics();
    let of_get = |labels| metrics.histogram("rpc.server.call.duration", labels).unwrap().count();
    assert_eq!(of_get(&[("rpc.method", "orders.get"), ("error.type", "NOT_FOUND")]), 1);
}

#[test]
fn a_trace_of_pythons_sdk_goes_through_and_out_again() {
    async fn relay(State(client): State<ClientWithMiddleware>, headers: HeaderMap) -> String {
        let onward = headers["x-onward"].to_str().unwrap();
        client.get(onward).send().await.unwrap().text().await.unwrap()
    }
    let service = Service::start(|_| {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let client = ClientBuilder::new(client).with(client::Middleware::new()).build();
        Router::new().route("/relay", get(relay)).with_state(client)
    });
    let mut command = python_script("traced_client.py");
    command.arg(service.url("/relay"));
    let told = told(command);
    assert_eq!(told["answer"], "fine");

    let server = service.span("GET /relay", |_| true);
    let client = service.span("GET", |span| span.kind == SpanKind::Client);
    let trace = told["calling"]["trace_id"].as_str().unwrap();
    assert_eq!(server.trace_id.to_string(), trace);
    assert_eq!(parent(&server), told["calling"]["span_id"].as_str().unwrap());
    assert_eq!(client.parent_span_id, Some(server.span_id));
    assert_eq!(told["served"]["trace_id"], trace);
    assert_eq!(told["served"]["parent_span_id"], client.span_id.to_string());
    assert_eq!(told["served"]["tenant"], "acme", "the baggage comes along");
}

#[test]
fn json_rpc_by_curl() {
    async fn answer(body: Bytes) -> impl IntoResponse {
        let batch: Vec<Value> = serde_json::from_slice(&body).unwrap();
        let one = |call: &Value| json!({ "jsonrpc": "2.0", "result": 3, "id": call["id"] });
        axum::Json(Value::from(batch.iter().map(one).collect::<Vec<_>>()))
    }
    let service = Service::start(|_| {
        Router::new().route("/rpc", post(answer)).layer(rpc::json::Layer::new())
    });
    let call = |id| json!({ "jsonrpc": "2.0", "method": "add", "params": [1, 2], "id": id });
    let mut command = curl();
    command.args([
        "--silent",
        "--show-error",
        "--fail",
        "--noproxy",
        "*",
        "--max-time",
        "60",
        "--write-out",
        "\\n",
    ]);
    command.args(["--header", "content-type: application/json"]);
    command.arg("--header").arg(format!("traceparent: {PARENT}"));
    command.arg("--data").arg(json!([call(1), call(2)]).to_string()).arg(service.url("/rpc"));
    assert_eq!(told(command)[1]["result"], 3);
    let request = service.span("POST /rpc", |_| true);
    assert_eq!((request.trace_id.to_string(), parent(&request)), (TRACE.into(), CALLER.into()));
    for id in ["1", "2"] {
        let call = service.span("add", |span| attribute(span, "jsonrpc.request.id") == id);
        assert_eq!(call.parent_span_id, Some(request.span_id));
    }
}
