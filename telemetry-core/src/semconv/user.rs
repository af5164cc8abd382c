//! Users.

/// The user.
pub const ID: &str = "user.id";
