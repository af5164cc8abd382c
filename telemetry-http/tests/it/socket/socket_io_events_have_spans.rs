//! By a client of Socket.IO's protocol over a WebSocket; npm's own client is in the system's tests.

use axum::Router;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use socketioxide::SocketIo;
use socketioxide::extract::{AckSender, Data, SocketRef};
use telemetry_core::testing::{Capture, CapturedSpan};
use telemetry_core::{SpanKind, Status, span};
use telemetry_http::socket::socketioxide::{closing, observe, observe_in_own_traces, traced};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::support::{connection, found, messages};
use crate::support::{PATIENCE, Server, eventually};

async fn user_message(socket: SocketRef, Data(text): Data<Value>) {
    span!("db").in_scope(|| ());
    socket.emit("chat:answer", &text).unwrap();
}

async fn acknowledged(Data(_): Data<Value>, ack: AckSender) {
    ack.send("seen").unwrap();
}

async fn start(capture: &Capture) -> Server {
    start_with(capture).await.0
}

async fn start_with(capture: &Capture) -> (Server, SocketIo) {
    let (layer, io) = SocketIo::new_layer();
    let handle = io.clone();
    let context = capture.pipeline().context();
    let other_context = context.clone();
    io.ns("/own-traces", async move |socket: SocketRef| {
        other_context.in_scope(|| observe_in_own_traces(&socket));
        socket.on("leave", traced(async |socket: SocketRef| socket.disconnect().unwrap()));
        socket.on_disconnect(closing(async || {}));
        socket.emit("ready", &()).unwrap();
    });
    io.ns("/", async move |socket: SocketRef| {
        let connection = context.in_scope(|| observe(&socket));
        connection.set_session_id("s-4");
        socket.on("chat:user_message", traced(user_message).with_context_of_messages());
        socket.on("acknowledged", traced(acknowledged));
        socket.on("bare", traced(async || ()));
        socket.on("panics", traced(async |_: SocketRef| panic!("on purpose")));
        socket.on_disconnect(closing(async || {}));
        // socketioxide tells the client that it is connected before it calls this.
        socket.emit("ready", &()).unwrap();
    });
    let app = Router::new().layer(layer).layer(telemetry_http::Layer::new());
    (Server::captured(capture, app).await, handle)
}

/// A client of the protocol.
struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn connect(server: &Server) -> Self {
        let address = format!("ws://{}/socket.io/?EIO=4&transport=websocket", server.address);
        let mut request = address.into_client_request().unwrap();
        let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        request.headers_mut().insert("traceparent", parent.parse().unwrap());
        let mut client = Self(connect_async(request).await.unwrap().0);
        assert!(client.receive().await.starts_with('0'), "engine.io is open");
        client.send("40").await;
        assert!(client.receive().await.starts_with("40{"), "the namespace is joined");
        assert!(client.receive().await.starts_with(r#"42["ready""#), "its handlers are there");
        client
    }

    async fn send(&mut self, packet: &str) {
        self.0.send(Message::text(packet)).await.unwrap();
    }

    async fn emit(&mut self, event: &str, value: Value) {
        self.send(&format!("42{}", json!([event, value]))).await;
    }

    /// The next packet that isn't a ping.
    async fn receive(&mut self) -> String {
        loop {
            let next = tokio::time::timeout(PATIENCE, self.0.next()).await;
            let text = next.unwrap().unwrap().unwrap().into_text().unwrap();
            if text.as_str() != "2" {
                return text.to_string();
            }
            self.send("3").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn named_by_the_event() {
    let capture = Capture::start();
    let server = start(&capture).await;
    let mut client = Client::connect(&server).await;
    client.emit("chat:user_message", json!("hunter2")).await;
    assert_eq!(client.receive().await, r#"42["chat:answer","hunter2"]"#);
    client.send("41").await;

    let message = messages(&capture, 1).await.remove(0);
    let connection = connection(&capture).await;
    assert_eq!((&*message.name, message.kind), ("socket.io chat:user_message", SpanKind::Consumer));
    let attributes = found(&message);
    assert_eq!(attributes["messaging.system"], "socket.io");
    assert_eq!(attributes["session.id"], "s-4");
    assert_eq!(attributes["telemetry.socket.event"], "chat:user_message");
    assert_eq!(attributes["socket.id"], found(&connection)["socket.id"]);
    assert_eq!(message.parent_span_id, Some(connection.span_id));
    assert_eq!(capture.spans_named("db")[0].parent_span_id, Some(message.span_id));
    assert_eq!((&*connection.name, &connection.status), ("socket.io connection", &Status::Unset));
    assert_eq!(connection.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    let attributes = found(&connection);
    assert_eq!(attributes["telemetry.socket.close_reason"], "client_namespace_disconnect");
    assert_eq!(attributes["telemetry.socket.namespace"], "/");
    assert_eq!(attributes["telemetry.socket.messages.received"], "1");
    let everything = format!("{:?}{:?}{:?}", capture.spans(), capture.events(), capture.metrics());
    assert!(!everything.contains("hunter2"), "what is said isn't recorded");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn for_handlers_of_all_kinds() {
    let capture = Capture::start();
    let server = start(&capture).await;
    let mut client = Client::connect(&server).await;
    client.send(r#"4217["acknowledged",1]"#).await;
    assert_eq!(client.receive().await, r#"4317["seen"]"#);
    client.emit("bare", json!(1)).await;
    client.emit("panics", json!(1)).await;
    let names = ["socket.io acknowledged", "socket.io bare", "socket.io panics"];
    let messages = messages(&capture, names.len()).await;
    for name in names {
        let message = messages.iter().find(|message| message.name == name).unwrap();
        let panics = name == "socket.io panics";
        assert_eq!(found(message).get("error.type").map(String::as_str), panics.then_some("panic"));
    }
    drop(client);
    let ended = connection(&capture).await;
    assert!(ended.status != Status::ERROR, "{ended:#?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beneath_the_context_that_a_message_brings() {
    let capture = Capture::start();
    let server = start(&capture).await;
    let mut client = Client::connect(&server).await;
    let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    client.emit("chat:user_message", json!({"traceparent": parent, "text": "hello"})).await;
    client.receive().await;
    client.send("41").await;
    let message = messages(&capture, 1).await.remove(0);
    let connection = connection(&capture).await;
    assert_eq!(message.trace_id.to_string(), "0af7651916cd43dd8448eb211c80319c");
    assert_eq!(message.parent_span_id.unwrap().to_string(), "b7ad6b7169203331");
    assert_eq!(message.links[0].span_id, connection.span_id);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_traces_of_their_own_where_asked_for_until_the_server_leaves() {
    let capture = Capture::start();
    let server = start(&capture).await;
    let mut client = Client::connect(&server).await;
    client.send("40/own-traces,").await;
    assert!(client.receive().await.starts_with("40/own-traces,{"));
    assert!(client.receive().await.contains("ready"));
    client.send(r#"42/own-traces,["leave",1]"#).await;
    let message = messages(&capture, 1).await.remove(0);
    let connection = connection_of(&capture, "/own-traces").await;
    assert_ne!(message.trace_id, connection.trace_id);
    assert_eq!(message.links[0].span_id, connection.span_id);
    let attributes = found(&connection);
    assert_eq!(attributes["telemetry.socket.close_reason"], "server_namespace_disconnect");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_connections_that_end_with_their_carrier_or_by_the_server() {
    for reason in ["transport_close", "server_namespace_disconnect"] {
        let capture = Capture::start();
        let (server, io) = start_with(&capture).await;
        let mut client = Client::connect(&server).await;
        match reason {
            "transport_close" => client.0.close(None).await.unwrap(),
            // What its own `close` does reaches no handler.
            _ => io.disconnect().await.unwrap(),
        }
        let connection = connection(&capture).await;
        assert_eq!(found(&connection)["telemetry.socket.close_reason"], reason);
        assert_eq!(connection.status, Status::Unset);
    }
}

/// The ended connection of one namespace.
async fn connection_of(capture: &Capture, namespace: &str) -> CapturedSpan {
    let of_it = |span: &CapturedSpan| {
        found(span).get("telemetry.socket.namespace").is_some_and(|found| found == namespace)
    };
    let all = || capture.spans().into_iter().filter(of_it).collect::<Vec<_>>();
    eventually("the connection's end", || !all().is_empty()).await;
    all().remove(0)
}
