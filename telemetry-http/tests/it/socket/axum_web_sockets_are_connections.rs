use axum::Router;
use axum::extract::ws::Message as Frame;
use axum::response::Response;
use axum::routing::any;
use futures_util::{SinkExt, StreamExt};
use telemetry_core::testing::Capture;
use telemetry_core::{SpanKind, Status, span};
use telemetry_http::socket::axum_ws::{WebSocket, WebSocketUpgrade};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::support::{OPEN, connection, found, messages};
use crate::support::{PATIENCE, Server, ended, eventually};

async fn serve(mut socket: WebSocket) {
    socket.connection().set_user_id("u-17");
    while let Some(Ok(frame)) = socket.recv().await {
        let Frame::Text(text) = &frame else { continue };
        match text.as_str() {
            "panic" => panic!("on purpose"),
            "bye" => return,
            _ => {}
        }
        let answer = socket.message("chat", &frame);
        let answer =
            answer.run(async { span!("db").in_scope(|| format!("you said {text}")) }).await;
        if socket.send(answer.into()).await.is_err() {
            return;
        }
    }
}

/// The same by the traits of streams.
async fn serve_split(socket: WebSocket) {
    let connection = socket.connection().clone();
    let (mut sink, mut stream) = socket.split();
    while let Some(Ok(frame)) = stream.next().await {
        if matches!(frame, Frame::Text(_)) {
            connection.message("chat").run(sink.send(frame)).await.unwrap();
        }
    }
}

/// Says which protocol was agreed upon, in the binary form, and closes as a sink does.
async fn serve_agreed(mut socket: WebSocket) {
    let agreed = socket.protocol().cloned().unwrap();
    if let Some(Ok(frame)) = socket.recv().await {
        let answer = Frame::Binary(Bytes::copy_from_slice(agreed.as_bytes()));
        let message = socket.message("chat", &frame);
        message.run(SinkExt::send(&mut socket, answer)).await.unwrap();
    }
    SinkExt::close(&mut socket).await.unwrap();
}

async fn start(capture: &Capture) -> Server {
    let upgrade = |upgrade: WebSocketUpgrade| async { chat(upgrade) };
    let split = |upgrade: WebSocketUpgrade| async { upgrade.on_upgrade(serve_split) };
    let own_traces = |upgrade: WebSocketUpgrade| async {
        let upgrade = upgrade.configure(|upgrade| upgrade.protocols(["chat.v2"])).own_traces();
        upgrade.on_upgrade(serve_agreed)
    };
    let app = Router::new()
        .route("/chat", any(upgrade))
        .route("/split", any(split))
        .route("/own-traces", any(own_traces));
    Server::captured(capture, app.layer(telemetry_http::Layer::new())).await
}

fn chat(upgrade: WebSocketUpgrade) -> Response {
    upgrade.configure(|upgrade| upgrade.max_message_size(1024)).on_upgrade(serve)
}

type Client = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn connect(server: &Server, path: &str) -> Client {
    let mut request = format!("ws://{}{path}", server.address).into_client_request().unwrap();
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    request.headers_mut().insert("traceparent", parent.parse().unwrap());
    connect_async(request).await.unwrap().0
}

async fn say(client: &mut Client, text: &str) -> String {
    client.send(Message::text(text)).await.unwrap();
    let next = tokio::time::timeout(PATIENCE, client.next()).await;
    next.unwrap().unwrap().unwrap().into_text().unwrap().to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_hang_together_with_their_request() {
    let capture = Capture::start();
    let server = start(&capture).await;
    let mut client = connect(&server, "/chat").await;
    let open = || capture.metrics().sum(OPEN, &[("messaging.system", "websocket")]) == 1.0;
    eventually("the opening", open).await;
    assert_eq!(say(&mut client, "hello").await, "you said hello");
    client.send(Message::Ping(Bytes::from_static(b"?"))).await.unwrap();
    let farewell = CloseFrame { code: CloseCode::Normal, reason: "hunter2".into() };
    client.close(Some(farewell)).await.unwrap();
    while let Some(Ok(_)) = client.next().await {}

    let message = messages(&capture, 1).await.remove(0);
    let connection = connection(&capture).await;
    let requests = ended(&capture, 2).await;
    let request = requests.iter().find(|span| span.name == "GET /chat").unwrap();
    assert_eq!(found(request)["http.response.status_code"], "101");
    assert_eq!((&*connection.name, &connection.status), ("websocket connection", &Status::Unset));
    assert_eq!(connection.links[0].span_id, request.span_id);
    assert_eq!(connection.trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(connection.parent_span_id, request.parent_span_id, "the client's span");
    let attributes = found(&connection);
    assert_eq!(attributes["socket.id"], connection.span_id.to_string());
    assert_eq!(attributes["telemetry.socket.close_reason"], "1000");
    assert_eq!(attributes["telemetry.socket.messages.received"], "1", "a ping is none");
    assert_eq!(attributes["telemetry.socket.bytes.received"], "5");
    assert_eq!(attributes["telemetry.socket.messages.sent"], "1");
    assert_eq!(attributes["telemetry.socket.bytes.sent"], "14");
    assert_eq!((&*message.name, message.kind), ("websocket chat", SpanKind::Consumer));
    assert_eq!(message.parent_span_id, Some(connection.span_id));
    assert_eq!(found(&message)["user.id"], "u-17");
    assert_eq!(found(&message)["messaging.message.body.size"], "5");
    assert_eq!(capture.spans_named("db")[0].parent_span_id, Some(message.span_id));
    let labels = [("messaging.system", "websocket"), ("telemetry.socket.direction", "received")];
    assert_eq!(capture.metrics().sum("telemetry.socket.messages", &labels), 1.0);
    let everything = format!("{:?}{:?}{:?}", capture.spans(), capture.events(), capture.metrics());
    assert!(!everything.contains("hunter2") && !everything.contains("hello"), "{everything}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn that_end_in_every_way() {
    for (ending, error_type, outcome) in [
        ("gone", None, Some("client_disconnected")),
        ("bye", None, None),
        ("panic", Some("panic"), Some("panicked")),
        ("too large", Some("protocol_error"), None),
    ] {
        let capture = Capture::start();
        let server = start(&capture).await;
        let mut client = connect(&server, "/chat").await;
        assert_eq!(say(&mut client, "hello").await, "you said hello");
        match ending {
            "gone" => drop(client),
            "too large" => {
                client.send(Message::text("x".repeat(2048))).await.unwrap();
                while let Some(Ok(_)) = client.next().await {}
            }
            text => {
                client.send(Message::text(text)).await.unwrap();
                while let Some(Ok(_)) = client.next().await {}
            }
        }
        let span = connection(&capture).await;
        let attributes = found(&span);
        let get = |key: &str| attributes.get(key).map(String::as_str);
        assert_eq!(get("error.type"), error_type, "{ending}");
        assert_eq!(get("telemetry.outcome"), outcome, "{ending}");
        let status = if error_type.is_some() { Status::ERROR } else { Status::Unset };
        assert_eq!(span.status, status, "{ending}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_they_are_split_as_well() {
    let capture = Capture::start();
    let server = start(&capture).await;
    let mut client = connect(&server, "/split").await;
    assert_eq!(say(&mut client, "hello").await, "hello");
    assert_eq!(say(&mut client, "again").await, "again");
    client.close(None).await.unwrap();
    messages(&capture, 2).await;
    let attributes = found(&connection(&capture).await);
    // Counted as they come, and once more as they are handled by hand.
    assert_eq!(attributes["telemetry.socket.messages.sent"], "2");
    assert_eq!(attributes["telemetry.socket.bytes.received"], "10");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whose_messages_may_begin_traces_of_their_own() {
    let capture = Capture::start();
    let server = start(&capture).await;
    let address = format!("ws://{}/own-traces", server.address);
    let mut request = address.into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "chat.v2".parse().unwrap());
    let (mut client, _) = connect_async(request).await.unwrap();
    client.send(Message::binary(b"binary".as_slice())).await.unwrap();
    let answer = tokio::time::timeout(PATIENCE, client.next()).await.unwrap();
    assert_eq!(answer.unwrap().unwrap().into_data(), "chat.v2", "the protocol agreed upon");
    while let Some(Ok(_)) = client.next().await {}

    let message = messages(&capture, 1).await.remove(0);
    let connection = connection(&capture).await;
    assert_ne!(message.trace_id, connection.trace_id);
    assert_eq!(message.parent_span_id, None);
    assert_eq!(message.links[0].span_id, connection.span_id);
    assert_eq!(found(&message)["messaging.message.body.size"], "6");
    assert_eq!(found(&connection)["telemetry.socket.bytes.sent"], "7");
}
