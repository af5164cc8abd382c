//! Replicate's predictions: jobs that are submitted and asked after.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::HOST;
use axum::http::{HeaderMap, StatusCode};
use serde_json::{Value, json};

use super::completions::Provider;

/// How many predictions are known; older ones are forgotten.
const KEPT: usize = 1_000;

/// All that were submitted.
#[derive(Debug, Clone, Default)]
pub(super) struct Predictions(Arc<Mutex<VecDeque<Prediction>>>);

#[derive(Debug, Clone)]
struct Prediction {
    id: String,
    model: String,
    submitted: Instant,
    /// How long it waits for a machine, and how long it runs there.
    waits: Duration,
    runs: Duration,
}

/// A page of predictions: what there is to say, or that there is none.
type Page = (StatusCode, Json<Value>);

/// `POST /v1/models/{owner}/{name}/predictions`
pub(super) async fn create(
    State(provider): State<Provider>,
    Path((owner, name)): Path<(String, String)>,
    headers: HeaderMap,
) -> Page {
    let [number, waits, runs] = provider.draw([0..u64::MAX, 40..160, 200..700]);
    let prediction = Prediction {
        id: format!("p{number:016x}"),
        model: format!("{owner}/{name}"),
        submitted: Instant::now(),
        waits: Duration::from_millis(waits),
        runs: Duration::from_millis(runs),
    };
    let page = prediction.page(&headers);
    let mut all = provider.predictions.lock();
    if all.len() == KEPT {
        all.pop_front();
    }
    all.push_back(prediction);
    (StatusCode::CREATED, Json(page))
}

/// `GET /v1/predictions/{id}`
pub(super) async fn show(
    State(provider): State<Provider>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Page {
    let found = provider.predictions.lock().iter().find(|one| one.id == id).cloned();
    match found {
        Some(prediction) => (StatusCode::OK, Json(prediction.page(&headers))),
        None => (StatusCode::NOT_FOUND, Json(json!({ "detail": "There is no such prediction." }))),
    }
}

impl Predictions {
    fn lock(&self) -> MutexGuard<'_, VecDeque<Prediction>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Prediction {
    /// How it stands.
    fn page(&self, headers: &HeaderMap) -> Value {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or("localhost");
        let url = |what: &str| format!("http://{host}/v1/predictions/{}{what}", self.id);
        let since = self.submitted.elapsed();
        let (status, output, metrics) = if since < self.waits {
            ("starting", Value::Null, json!({}))
        } else if since < self.waits + self.runs {
            ("processing", Value::Null, json!({}))
        } else {
            let seconds = |duration: Duration| duration.as_millis() as f64 / 1e3;
            let total = seconds(self.waits + self.runs);
            let metrics = json!({ "predict_time": seconds(self.runs), "total_time": total });
            ("succeeded", json!([url("/portrait.webp")]), metrics)
        };
        json!({
            "id": self.id,
            "model": self.model,
            "version": "hidden",
            "status": status,
            "input": {},
            "output": output,
            "error": null,
            "metrics": metrics,
            "urls": { "get": url(""), "cancel": url("/cancel") },
        })
    }
}
