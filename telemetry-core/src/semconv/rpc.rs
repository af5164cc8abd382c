//! Procedures that are called from elsewhere.

/// The system: `grpc`, `jsonrpc` …
pub const SYSTEM_NAME: &str = "rpc.system.name";

/// The procedure with its service, `shop.Orders/Place`; `_OTHER` when it isn't a known one.
pub const METHOD: &str = "rpc.method";

/// The procedure as it was called, when that differs.
pub const METHOD_ORIGINAL: &str = "rpc.method_original";

/// The status that the call was answered with, a text: `OK`, `NOT_FOUND`, `-32602`.
pub const STATUS_CODE: &str = "rpc.status_code";

/// The id of a JSON-RPC request, a text.
pub const JSONRPC_REQUEST_ID: &str = "jsonrpc.request.id";

/// The version of JSON-RPC, when it isn't `1.0`.
pub const JSONRPC_PROTOCOL_VERSION: &str = "jsonrpc.protocol.version";
