//! Names that the conventions lack, and those of metrics.

/// Seconds from a request's start to its response's last byte.
pub(crate) const REQUEST_DURATION: &str = "http.server.request.duration";
/// Requests under way.
pub(crate) const ACTIVE_REQUESTS: &str = "http.server.active_requests";
/// Requests that were left out because of their path; ours.
pub(crate) const EXCLUDED_REQUESTS: &str = "telemetry.http.server.excluded_requests";

/// The id that a request has in all services it goes through; ours.
pub(crate) const REQUEST_ID: &str = "request.id";

/// Seconds from a request's start to its response's last byte.
pub(crate) const CLIENT_REQUEST_DURATION: &str = "http.client.request.duration";
/// Requests that are sent and not answered whole.
pub(crate) const CLIENT_ACTIVE_REQUESTS: &str = "http.client.active_requests";
/// Bytes of a request's body.
pub(crate) const CLIENT_REQUEST_BODY_SIZE: &str = "http.client.request.body.size";
/// Bytes of a response's body.
pub(crate) const CLIENT_RESPONSE_BODY_SIZE: &str = "http.client.response.body.size";

/// The bounds of body sizes, in bytes, for which the conventions have none: powers of four from
/// 64 B to 64 MiB.
pub(crate) const BODY_SIZES: [f64; 11] = [
    64.0,
    256.0,
    1_024.0,
    4_096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];

/// Seconds that a call takes which is answered here.
pub(crate) const RPC_SERVER_DURATION: &str = "rpc.server.call.duration";
/// Seconds that a call takes which is made.
pub(crate) const RPC_CLIENT_DURATION: &str = "rpc.client.call.duration";
/// Calls that were left out because of their service; ours.
#[cfg(feature = "tonic")]
pub(crate) const RPC_EXCLUDED_CALLS: &str = "telemetry.rpc.server.excluded_calls";

/// The id of a connection; ours.
pub(crate) const SOCKET_ID: &str = "socket.id";
/// What kind of message it is; ours.
pub(crate) const SOCKET_EVENT: &str = "telemetry.socket.event";
/// Whether a message was received or sent; ours.
pub(crate) const SOCKET_DIRECTION: &str = "telemetry.socket.direction";
/// Why a connection was closed; ours.
pub(crate) const SOCKET_CLOSE_REASON: &str = "telemetry.socket.close_reason";
/// Connections that are open; ours.
pub(crate) const SOCKET_CONNECTIONS: &str = "telemetry.socket.connections";
/// Seconds that connections were open; ours.
pub(crate) const SOCKET_CONNECTION_DURATION: &str = "telemetry.socket.connection.duration";
/// Messages received and sent; ours.
pub(crate) const SOCKET_MESSAGES: &str = "telemetry.socket.messages";
/// Bytes of messages; ours.
pub(crate) const SOCKET_MESSAGE_SIZE: &str = "telemetry.socket.message.size";
/// Seconds that handling a message takes; ours.
pub(crate) const SOCKET_MESSAGE_DURATION: &str = "telemetry.socket.message.duration";
/// The namespace of a Socket.IO connection; ours.
#[cfg(feature = "socketioxide")]
pub(crate) const SOCKET_NAMESPACE: &str = "telemetry.socket.namespace";
