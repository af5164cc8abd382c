use std::borrow::Cow;

use telemetry_core::{Classify, ErrorClass, Exception};

/// The error that a handler answered with: an extension of its response, by which the layer learns what
/// a status doesn't tell.
///
/// Where the status is a server error (5xx), the error's class becomes the `error.type` of span and
/// metrics instead of the code, unless it has none (`_OTHER`), and the error becomes an
/// [`Exception`], a log record of the request's span. With any other status the request
/// hasn't failed; the class stands on the span as `telemetry.http.rejection`, and nothing else is
/// recorded.
///
/// A message is recorded by this alone, since who makes a `Failure` asks for it; it is redacted and
/// bounded as [`Exception`] says, and [`without_message`](Self::without_message) leaves it out.
///
/// ```
/// use axum::http::StatusCode;
/// use axum::response::{IntoResponse, Response};
/// use telemetry_http::server::Failure;
///
/// struct AppError(std::io::Error);
///
/// impl IntoResponse for AppError {
///     fn into_response(self) -> Response {
///         let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
///         response.extensions_mut().insert(Failure::of(&self.0));
///         response
///     }
/// }
/// # AppError(std::io::ErrorKind::TimedOut.into()).into_response();
/// ```
#[derive(Clone, Debug)]
pub struct Failure {
    error_type: Cow<'static, str>,
    exception: Option<Box<Exception>>,
}

impl Failure {
    /// An error of any type that can be classed: its class, type and message.
    pub fn of<By, E: Classify<By>>(error: &E) -> Self {
        let exception = Some(Box::new(Exception::of(error)));
        Self { error_type: error.class().error_type, exception }
    }

    /// A class alone.
    pub fn of_class(class: ErrorClass) -> Self {
        Self { error_type: class.error_type, exception: None }
    }

    /// Leaves out type and message; the class remains.
    pub fn without_message(mut self) -> Self {
        self.exception = None;
        self
    }

    pub(super) fn error_type(&self) -> &Cow<'static, str> {
        &self.error_type
    }

    pub(super) fn exception(&self) -> Option<&Exception> {
        self.exception.as_deref()
    }
}
