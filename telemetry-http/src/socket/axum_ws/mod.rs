//! axum's WebSockets.
//!
//! ```
//! use axum::{Router, response::Response, routing::any};
//! use telemetry_http::socket::axum_ws::{WebSocket, WebSocketUpgrade};
//!
//! async fn chat(upgrade: WebSocketUpgrade) -> Response {
//!     upgrade.on_upgrade(serve)
//! }
//!
//! async fn serve(mut socket: WebSocket) {
//!     socket.connection().set_user_id("ann");
//!     while let Some(Ok(message)) = socket.recv().await {
//!         let answer = socket.message("chat", &message).run(async { message }).await;
//!         if socket.send(answer).await.is_err() {
//!             break;
//!         }
//!     }
//! }
//!
//! let app: Router = Router::new().route("/chat", any(chat)).layer(telemetry_http::Layer::new());
//! ```
//!
//! # How connections end
//!
//! | what happens | `telemetry.socket.close_reason` | `error.type` | status | `telemetry.outcome` |
//! |---|---|---|---|---|
//! | the client says farewell, or the handler returns | the code, where one came | – | unset | – |
//! | the client is gone without a farewell | – | – | unset | `client_disconnected` |
//! | what comes can't be read, or the connection fails otherwise | – | its class or `protocol_error` | error | – |
//! | the handler is dropped, as when the program ends | – | – | unset | `cancelled` |
//! | the handler panics | – | `panic` | error | `panicked` |
//!
//! Messages are texts and binary ones; pings, pongs and farewells aren't counted.

mod upgrade;
mod web_socket;

pub use upgrade::WebSocketUpgrade;
pub use web_socket::WebSocket;
