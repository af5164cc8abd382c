//! The attempts at one call.

use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{Next, Result};
use telemetry_core::{ContextExt as _, SpanBuilder, SpanKind, semconv::http as names};

use super::{Observed, error::error_type_of_any};
use crate::SCOPE;

/// Makes each attempt at a call a span of its own, beneath the call's.
///
/// Put it behind a retrying middleware, and [`Middleware`](super::Middleware) before it: the call's
/// span then covers all attempts, says how many there were (`telemetry.gen_ai.attempts`), and each
/// has a child named `attempt` with `http.request.resend_count`, `http.response.status_code` and
/// `error.type`. Requests that are no calls pass untouched.
///
/// ```
/// use reqwest_middleware::ClientBuilder;
/// use telemetry_ai::{Attempts, Middleware};
///
/// let client = ClientBuilder::new(reqwest::Client::new())
///     .with(Middleware::new())
///     // .with(RetryTransientMiddleware::new_with_policy(policy))
///     .with(Attempts::new())
///     .build();
/// # let _ = client;
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Attempts {
    _private: (),
}

impl Attempts {
    /// Observes attempts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

#[async_trait::async_trait]
impl reqwest_middleware::Middleware for Attempts {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> Result<Response> {
        let Some(observed) = extensions.get_mut::<Observed>() else {
            return next.run(request, extensions).await;
        };
        let before = observed.attempts;
        observed.attempts = before.saturating_add(1);
        let resent = (before > 0).then(|| i64::from(before));
        let mut span = SpanBuilder::new(&SCOPE, "attempt")
            .kind(SpanKind::Internal)
            .attribute(names::REQUEST_RESEND_COUNT, resent)
            .start();
        let context = span.context().clone();
        let result = next.run(request, extensions).in_context(context).await;
        match &result {
            Ok(response) => {
                let status = response.status();
                span.set(names::RESPONSE_STATUS_CODE, i64::from(status.as_u16()));
                if status.is_client_error() || status.is_server_error() {
                    span.set_error(status.as_str());
                }
            }
            Err(error) => span.set_error(&error_type_of_any(error)),
        }
        span.end();
        result
    }
}
