//! The user agent.

/// The `User-Agent` header.
pub const ORIGINAL: &str = "user_agent.original";
