//! The client of a connection, as its server knows it.

/// The address of the client.
pub const ADDRESS: &str = "client.address";

/// The port of the client.
pub const PORT: &str = "client.port";
