//! [`Refusal`]: an error as OpenAI answers it, or Anthropic.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// Why a request is not answered.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    kind: &'static str,
    code: Option<&'static str>,
    message: String,
    retry_after_seconds: Option<u64>,
}

impl Refusal {
    /// The request makes no sense.
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request_error", None, message)
    }

    /// There is no key.
    pub(super) fn unauthenticated() -> Self {
        let message = "You didn't provide an API key.";
        Self::new(StatusCode::UNAUTHORIZED, "invalid_request_error", None, message)
    }

    /// There is no such model.
    pub(super) fn unknown_model(name: &str) -> Self {
        let message = format!("The model `{name}` does not exist or you do not have access to it.");
        Self::new(StatusCode::NOT_FOUND, "invalid_request_error", Some("model_not_found"), message)
    }

    /// There is no such page.
    pub(super) fn unknown_url(method: &str, path: &str) -> Self {
        let message = format!("Invalid URL ({method} {path})");
        Self::new(StatusCode::NOT_FOUND, "invalid_request_error", Some("unknown_url"), message)
    }

    /// Too much was asked for; come back later.
    pub(super) fn busy(model: &str, retry_after_seconds: u64) -> Self {
        let message = format!(
            "Rate limit reached for {model} on requests per min (RPM). \
             Please try again in {retry_after_seconds}s."
        );
        let mut refusal = Self::new(
            StatusCode::TOO_MANY_REQUESTS,
            "requests",
            Some("rate_limit_exceeded"),
            message,
        );
        refusal.retry_after_seconds = Some(retry_after_seconds);
        refusal
    }

    fn new(
        status: StatusCode,
        kind: &'static str,
        code: Option<&'static str>,
        message: impl Into<String>,
    ) -> Self {
        Self { status, kind, code, message: message.into(), retry_after_seconds: None }
    }
}

impl Refusal {
    /// As Anthropic answers it.
    pub(super) fn in_anthropics_words(self) -> Response {
        let kind = match self.status {
            StatusCode::TOO_MANY_REQUESTS => "rate_limit_error",
            StatusCode::UNAUTHORIZED => "authentication_error",
            StatusCode::NOT_FOUND => "not_found_error",
            _ => "invalid_request_error",
        };
        let error = json!({ "type": kind, "message": self.message });
        self.answer(json!({ "type": "error", "error": error }))
    }

    fn answer(&self, body: Value) -> Response {
        let mut response = (self.status, Json(body)).into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert("retry-after", seconds.into());
        }
        response
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = json!({
            "message": self.message,
            "type": self.kind,
            "param": null,
            "code": self.code,
        });
        self.answer(json!({ "error": error }))
    }
}
