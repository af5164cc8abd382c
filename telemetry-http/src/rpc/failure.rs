use std::borrow::Cow;

use telemetry_core::ErrorClass;

/// How a call failed: with a status that its system knows, or with an error before there was one.
///
/// ```
/// use telemetry_http::rpc::Failure;
///
/// let failure = Failure::status("NOT_FOUND");
/// assert_eq!(failure.status_code(), Some("NOT_FOUND"));
/// assert_eq!(failure.error_type(), "NOT_FOUND");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    status_code: Option<Cow<'static, str>>,
    error_type: Cow<'static, str>,
}

impl Failure {
    /// A status that is an error: `NOT_FOUND`, `-32602`. It is `rpc.status_code` and `error.type`, so
    /// there must be few different ones; what can't be a name becomes `_OTHER`.
    pub fn status(code: impl Into<Cow<'static, str>>) -> Self {
        let error_type = ErrorClass::new(code, false).error_type;
        Self { status_code: Some(error_type.clone()), error_type }
    }

    /// The status.
    pub fn status_code(&self) -> Option<&str> {
        self.status_code.as_deref()
    }

    /// The class of the error.
    pub fn error_type(&self) -> &str {
        &self.error_type
    }
}

impl From<ErrorClass> for Failure {
    /// An error of this class, without a status.
    fn from(class: ErrorClass) -> Self {
        Self { status_code: None, error_type: class.error_type }
    }
}
