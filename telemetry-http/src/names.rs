//! Names that the conventions lack, and those of metrics.

/// Seconds from a request's start to its response's last byte.
pub(crate) const REQUEST_DURATION: &str = "http.server.request.duration";
/// Requests under way.
pub(crate) const ACTIVE_REQUESTS: &str = "http.server.active_requests";
/// Bytes of requests' bodies.
pub(crate) const REQUEST_BODY_SIZE: &str = "http.server.request.body.size";
/// Bytes of responses' bodies.
pub(crate) const RESPONSE_BODY_SIZE: &str = "http.server.response.body.size";
/// Seconds from a request's start to its response's head; ours, as a metric and on spans.
pub(crate) const TIME_TO_HEADERS: &str = "telemetry.http.server.time_to_headers";
/// Requests that were left out because of their path; ours.
pub(crate) const EXCLUDED_REQUESTS: &str = "telemetry.http.server.excluded_requests";
/// Hooks that panicked; ours.
pub(crate) const HOOK_PANICS: &str = "telemetry.http.server.hook_panics";
/// Which hook, by the method of `Layer` that it was given to; ours.
pub(crate) const HOOK: &str = "telemetry.http.hook";
/// The class of the error that a handler answered with where the status is none of a server error; ours.
pub(crate) const REJECTION: &str = "telemetry.http.rejection";

/// The user's id.
pub(crate) const USER_ID: &str = "user.id";
/// What stands for the user's id without telling it.
pub(crate) const USER_HASH: &str = "user.hash";
/// The session's id.
pub(crate) const SESSION_ID: &str = "session.id";
/// The tenant's id; ours.
pub(crate) const TENANT_ID: &str = "tenant.id";

/// Seconds from a request's start to its response's last byte.
pub(crate) const CLIENT_REQUEST_DURATION: &str = "http.client.request.duration";
/// Requests that are sent and not answered whole.
pub(crate) const CLIENT_ACTIVE_REQUESTS: &str = "http.client.active_requests";
/// Bytes of a request's body.
pub(crate) const CLIENT_REQUEST_BODY_SIZE: &str = "http.client.request.body.size";
/// Bytes of a response's body.
pub(crate) const CLIENT_RESPONSE_BODY_SIZE: &str = "http.client.response.body.size";

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
