//! HTTP.

/// The method; `_OTHER` when it is not a known one.
pub const REQUEST_METHOD: &str = "http.request.method";

/// The method as it was sent, when that differs.
pub const REQUEST_METHOD_ORIGINAL: &str = "http.request.method_original";

/// The status code, an integer.
pub const RESPONSE_STATUS_CODE: &str = "http.response.status_code";

/// The matched route, such as `/orders/{id}`.
pub const ROUTE: &str = "http.route";

/// Bytes of the request body.
pub const REQUEST_BODY_SIZE: &str = "http.request.body.size";

/// Bytes of the response body.
pub const RESPONSE_BODY_SIZE: &str = "http.response.body.size";

/// How often the request was sent again.
pub const REQUEST_RESEND_COUNT: &str = "http.request.resend_count";
