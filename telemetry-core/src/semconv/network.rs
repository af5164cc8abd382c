//! The connection.

/// The protocol, when it is not `http`.
pub const PROTOCOL_NAME: &str = "network.protocol.name";

/// `1.0`, `1.1`, `2` or `3`.
pub const PROTOCOL_VERSION: &str = "network.protocol.version";

/// The address of the other end of the connection.
pub const PEER_ADDRESS: &str = "network.peer.address";

/// The port of the other end of the connection.
pub const PEER_PORT: &str = "network.peer.port";

/// `tcp`, `udp`, `unix` …
pub const TRANSPORT: &str = "network.transport";
