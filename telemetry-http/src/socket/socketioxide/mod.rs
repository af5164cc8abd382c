//! Socket.IO by socketioxide.
//!
//! ```
//! use socketioxide::SocketIo;
//! use socketioxide::extract::{Data, SocketRef};
//! use telemetry_http::socket::socketioxide::{closing, observe, traced};
//!
//! async fn user_message(socket: SocketRef, Data(text): Data<String>) {
//!     let _ = socket.emit("chat:answer", &text);
//! }
//!
//! let (layer, io) = SocketIo::new_layer();
//! io.ns("/", async |socket: SocketRef| {
//!     let connection = observe(&socket);
//!     connection.set_user_id("ann");
//!     socket.on("chat:user_message", traced(user_message));
//!     socket.on_disconnect(closing(async || {}));
//! });
//!
//! let app: axum::Router = axum::Router::new().layer(layer).layer(telemetry_http::Layer::new());
//! ```
//!
//! socketioxide starts handlers itself, each in a task of its own, so each is wrapped: by [`traced`] those
//! of messages, by [`closing`] that of the end. Without the latter a connection ends when its socket is
//! dropped, as `cancelled`. A connection is one of a namespace; its id is Socket.IO's.
//!
//! What is received is counted where it is handled; what is emitted nobody sees, so it is counted by
//! [`Connection::sent`] where that matters.
//!
//! # How connections end
//!
//! | socketioxide's reason | `telemetry.socket.close_reason` | `error.type` | `telemetry.outcome` |
//! |---|---|---|---|
//! | `ClientNSDisconnect`, `ServerNSDisconnect`, `TransportClose`, `ClosingServer` | `client_namespace_disconnect`, `server_namespace_disconnect`, `transport_close`, `closing_server` | – | – |
//! | `TransportError`, `HeartbeatTimeout` | – | – | `client_disconnected` |
//! | `PacketParsingError`, `MultipleHttpPollingError` | – | `protocol_error` | – |
//!
//! `SocketIo::close` of 0.18 lets go of all namespaces before it closes what carries their sockets, so that no
//! handler of an end is called and the sockets stay where they are, with their connections open: call
//! `io.disconnect().await` before it, which ends them as `server_namespace_disconnect`.

mod closing;
mod traced;

use socketioxide_crate::SocketRef;

pub use closing::{Closing, closing};
pub use traced::{Traced, traced};

use crate::socket::Connection;

/// socketioxide itself, whose name this module has too.
mod socketioxide_crate {
    pub(super) use ::socketioxide::adapter::Adapter;
    pub(super) use ::socketioxide::extract::SocketRef;
    pub(super) use ::socketioxide::socket::Socket;
}

/// Observes the connection of a socket, from the first time that it is called for it: in the handler of
/// its namespace. The trace context comes from the headers of its handshake.
pub fn observe<A: socketioxide_crate::Adapter>(socket: &SocketRef<A>) -> Connection {
    connection_of(socket, Start::Now)
}

/// Like [`observe`], with messages that each begin a trace of its own and have a link to the connection.
pub fn observe_in_own_traces<A: socketioxide_crate::Adapter>(socket: &SocketRef<A>) -> Connection {
    connection_of(socket, Start::OwnTraces)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Start {
    Now,
    OwnTraces,
}

fn connection_of<A: socketioxide_crate::Adapter>(
    socket: &socketioxide_crate::Socket<A>,
    start: Start,
) -> Connection {
    if let Some(connection) = socket.extensions.get::<Connection>() {
        return connection;
    }
    let mut builder = crate::socket::connection("socket.io")
        .id(socket.id.to_string())
        .handshake(&socket.req_parts().headers);
    if start == Start::OwnTraces {
        builder = builder.own_traces();
    }
    let connection = builder.open();
    connection.set(crate::names::SOCKET_NAMESPACE, socket.ns());
    socket.extensions.insert(connection.clone());
    connection
}
