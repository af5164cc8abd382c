//! Sessions.

/// The session.
pub const ID: &str = "session.id";
