//! Connections that stay open and carry messages: WebSocket, Socket.IO, or another kind.
//!
//! # What is recorded
//!
//! One span of kind server per connection, `{system} connection`, and one of kind consumer per message
//! that is handled, `{system} {event}`: `socket.io chat:user_message`. No convention exists for sockets;
//! these names are the conventions' where they have one and else ours.
//!
//! | attribute | is | on |
//! |---|---|---|
//! | `messaging.system` | `socket.io`, `websocket`, or as it is said | both |
//! | `socket.id` | the connection | both |
//! | `session.id`, `user.id` | where they are said ([`Connection::set_session_id`], [`Connection::set_user_id`]) | both |
//! | `telemetry.socket.event` | what kind of message it is; `_OTHER` where too many kinds are seen | messages |
//! | `messaging.operation.name`, `messaging.operation.type` | `process` | messages |
//! | `messaging.message.body.size` | bytes | messages, where known |
//! | `telemetry.socket.messages.received`, `…sent` | how many in all | connections, at their end |
//! | `telemetry.socket.bytes.received`, `…sent` | how much in all | connections, at their end |
//! | `telemetry.socket.close_reason` | why it was closed | connections, where known |
//! | `error.type` | the class of the error | on errors |
//! | `telemetry.outcome` | `client_disconnected` without a farewell, `cancelled`, `panicked` | where that happened |
//!
//! | metric | unit | by |
//! |---|---|---|
//! | `telemetry.socket.connections`, open now | `{connection}` | `messaging.system` |
//! | `telemetry.socket.connection.duration` | `s` | and `error.type`, `telemetry.outcome` |
//! | `telemetry.socket.messages` | `{message}` | `messaging.system`, `telemetry.socket.direction` (`received`, `sent`) |
//! | `telemetry.socket.message.size` | `By` | the same |
//! | `telemetry.socket.message.duration`, of handling one | `s` | `messaging.system`, `telemetry.socket.event`, `error.type`, `telemetry.outcome` |
//!
//! # How spans hang together
//!
//! The handshake is a request with a span of its own, to which the connection's span has a link. Where
//! the handshake's headers bring a trace context, the connection's span is beneath that, otherwise it
//! begins a trace. A message's span is beneath the connection's; with
//! [`ConnectionBuilder::own_traces`] each begins a trace with a link to the connection, which suits
//! connections of days, whose trace would never end. A message that brings a context itself
//! ([`Message::headers`]) is beneath that, with a link to the connection.
//!
//! Nothing grows with the age of a connection: messages are counted on it and not kept.

#[cfg(feature = "axum-ws")]
pub mod axum_ws;
mod builder;
mod connection;
mod events;
mod instruments;
mod message;
mod run;
#[cfg(feature = "socketioxide")]
pub mod socketioxide;

pub use builder::ConnectionBuilder;
pub use connection::Connection;
pub use message::Message;
pub use run::{Run, TryRun};

/// A connection about to be observed, of this system: `socket.io`, `websocket`, a name of few.
///
/// ```
/// use http::HeaderMap;
/// use telemetry_http::socket;
///
/// # async fn serve(handshake: &HeaderMap) {
/// let connection = socket::connection("graphql-ws").handshake(handshake).open();
/// connection.set_user_id("ann");
/// // Of each message:
/// connection.message("subscribe").size(120).run(async { /* … */ }).await;
/// connection.close("done");
/// # }
/// ```
pub fn connection(system: &'static str) -> ConnectionBuilder {
    ConnectionBuilder::new(system)
}
