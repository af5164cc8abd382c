//! Addresses of resources.

/// `http` or `https`.
pub const SCHEME: &str = "url.scheme";

/// The path, without the query.
pub const PATH: &str = "url.path";

/// The query, redacted.
pub const QUERY: &str = "url.query";

/// The whole address, redacted.
pub const FULL: &str = "url.full";

/// The template of the path.
pub const TEMPLATE: &str = "url.template";
