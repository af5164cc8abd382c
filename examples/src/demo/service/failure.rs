//! [`Failure`]: why a request gets no good answer.

use axum::Json;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::model::ModelError;

/// Why a request gets no good answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// There is no such thing.
    NotFound(&'static str),
    /// The database failed.
    Database(sqlx::Error),
    /// The model failed.
    Model(ModelError),
}

impl From<sqlx::Error> for Failure {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Self {
        Self::Model(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let answer = |status: StatusCode, reason: &str| {
            (status, Json(json!({ "error": reason }))).into_response()
        };
        match self {
            Self::NotFound(what) => {
                answer(StatusCode::NOT_FOUND, &format!("there is no such {what}"))
            }
            Self::Database(error) => {
                tracing::error!(error = %error, "a query failed");
                answer(StatusCode::INTERNAL_SERVER_ERROR, "something went wrong on our side")
            }
            Self::Model(ModelError::Busy { retry_after }) => {
                let reason = "the assistant is busy, try again soon";
                let mut response = answer(StatusCode::SERVICE_UNAVAILABLE, reason);
                response.headers_mut().extend(retry_after.map(|value| (RETRY_AFTER, value)));
                response
            }
            Self::Model(error) => {
                tracing::error!(error = %error, "the model failed");
                answer(StatusCode::BAD_GATEWAY, "the assistant can't be reached")
            }
        }
    }
}
