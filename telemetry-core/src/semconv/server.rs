//! The server of a connection, as its client knows it.

/// The name or address of the server.
pub const ADDRESS: &str = "server.address";

/// The port of the server, an integer.
pub const PORT: &str = "server.port";
