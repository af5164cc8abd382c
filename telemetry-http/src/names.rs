//! Names that the conventions lack, and those of metrics.

/// Seconds from a request's start to its response's last byte.
pub(crate) const REQUEST_DURATION: &str = "http.server.request.duration";
/// Requests under way.
pub(crate) const ACTIVE_REQUESTS: &str = "http.server.active_requests";
/// Requests that were left out because of their path; ours.
pub(crate) const EXCLUDED_REQUESTS: &str = "telemetry.http.server.excluded_requests";

/// The id that a request has in all services it goes through; ours.
pub(crate) const REQUEST_ID: &str = "request.id";
