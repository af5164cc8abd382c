use std::sync::Arc;

use ::socketioxide::adapter::Adapter;
use ::socketioxide::handler::DisconnectHandler;
use ::socketioxide::socket::{DisconnectReason, Socket};

use crate::socket::Connection;

/// A handler of a socket's end that ends its connection before; made by [`closing`].
#[derive(Clone, Copy, Debug)]
pub struct Closing<H> {
    handler: H,
}

/// Wraps the handler of a socket's end (`socket.on_disconnect(closing(handler))`) to end its connection
/// with the reason that there is.
pub fn closing<H>(handler: H) -> Closing<H> {
    Closing { handler }
}

impl<A, T, H> DisconnectHandler<A, (Closing<()>, T)> for Closing<H>
where
    A: Adapter,
    H: DisconnectHandler<A, T>,
    T: Send + Sync + 'static,
{
    fn call_with_defer(
        &self,
        socket: Arc<Socket<A>>,
        reason: DisconnectReason,
        defer: fn(Arc<Socket<A>>),
    ) {
        if let Some(connection) = socket.extensions.get::<Connection>() {
            end(&connection, reason);
        }
        self.handler.call_with_defer(socket, reason, defer);
    }
}

fn end(connection: &Connection, reason: DisconnectReason) {
    match reason {
        DisconnectReason::ClientNSDisconnect => connection.close("client_namespace_disconnect"),
        DisconnectReason::ServerNSDisconnect => connection.close("server_namespace_disconnect"),
        DisconnectReason::TransportClose => connection.close("transport_close"),
        DisconnectReason::ClosingServer => connection.close("closing_server"),
        DisconnectReason::TransportError | DisconnectReason::HeartbeatTimeout => connection.leave(),
        DisconnectReason::PacketParsingError | DisconnectReason::MultipleHttpPollingError => {
            connection.fail("protocol_error");
        }
    }
}
