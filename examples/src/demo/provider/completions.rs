//! The provider's pages.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, Method, Uri};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::{Value, json};

use super::answer::Answer;
use super::predictions::Predictions;
use super::refusal::Refusal;
use super::request::{Model, Request};
use super::stream;
use crate::demo::random::Random;

/// What all requests share.
#[derive(Debug, Clone)]
pub(super) struct Provider {
    random: Arc<Mutex<Random>>,
    busy: f64,
    pub(super) predictions: Predictions,
}

impl Provider {
    /// A provider that refuses the share `busy` of all requests.
    pub(super) fn new(seed: u64, busy: f64) -> Self {
        let random = Arc::new(Mutex::new(Random::new(seed)));
        Self { random, busy, predictions: Predictions::default() }
    }

    /// The answer to `request`, or none if the provider is busy.
    pub(super) fn answer(
        &self,
        request: &Request,
        model: &'static Model,
    ) -> Result<Answer, Refusal> {
        let mut random = self.random();
        if random.share() < self.busy {
            return Err(Refusal::busy(model.name, random.within(1..4)));
        }
        Ok(Answer::to(request, model, &mut random))
    }

    /// A number of each range.
    pub(super) fn draw<const N: usize>(&self, ranges: [Range<u64>; N]) -> [u64; N] {
        let mut random = self.random();
        ranges.map(|range| random.within(range))
    }

    fn random(&self) -> MutexGuard<'_, Random> {
        self.random.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `POST /v1/chat/completions`
pub(super) async fn create(
    State(provider): State<Provider>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    let authorization = headers.get("authorization").map(|value| value.as_bytes());
    if !authorization.is_some_and(|value| value.starts_with(b"Bearer ")) {
        return Err(Refusal::unauthenticated());
    }
    let request = Request::read(&body)?;
    let answer = provider.answer(&request, request.model()?)?;
    if request.stream {
        return Ok(stream::events(&answer, now(), request.wants_usage()).await);
    }
    tokio::time::sleep(answer.duration()).await;
    let message = json!({
        "role": "assistant",
        "content": answer.text(),
        "refusal": null,
        "annotations": [],
    });
    let choice = json!({
        "index": 0,
        "message": message,
        "logprobs": null,
        "finish_reason": answer.finish_reason(),
    });
    let completion = json!({
        "id": answer.id,
        "object": "chat.completion",
        "created": now(),
        "model": answer.model.dated_name,
        "choices": [choice],
        "usage": answer.usage(),
        "service_tier": "default",
        "system_fingerprint": "fp_demo",
    });
    Ok(Json(completion).into_response())
}

/// `GET /v1/models`
pub(super) async fn models() -> Json<Value> {
    let models = Model::all().iter().map(|model| {
        json!({ "id": model.name, "object": "model", "created": 1_721_172_741, "owned_by": "demo" })
    });
    Json(json!({ "object": "list", "data": models.collect::<Vec<_>>() }))
}

/// Everything else.
pub(super) async fn unknown_url(method: Method, uri: Uri) -> Refusal {
    Refusal::unknown_url(method.as_str(), uri.path())
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}
