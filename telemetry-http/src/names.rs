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
