//! Anthropic's messages.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde_json::json;

use super::completions::Provider;
use super::refusal::Refusal;
use super::request::{Model, Request};

/// The one that answers here.
static MODEL: Model = Model::new("claude-haiku-4-5", "claude-haiku-4-5-20251001", 90..220, 8..14);

/// `POST /v1/messages`
pub(super) async fn create(
    State(provider): State<Provider>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Response> {
    answer(&provider, &headers, &body).await.map_err(Refusal::in_anthropics_words)
}

async fn answer(
    provider: &Provider,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Response, Refusal> {
    if !headers.contains_key("x-api-key") {
        return Err(Refusal::unauthenticated());
    }
    let request = Request::read(body)?;
    if !request.asks_for(&MODEL) {
        return Err(Refusal::unknown_model(request.model_name()));
    }
    let answer = provider.answer(&request, &MODEL)?;
    tokio::time::sleep(answer.duration()).await;
    let cut = answer.finish_reason() == "length";
    let message = json!({
        "id": format!("msg_{}", answer.id.trim_start_matches("chatcmpl-")),
        "type": "message",
        "role": "assistant",
        "model": answer.model.dated_name,
        "content": [{ "type": "text", "text": answer.text() }],
        "stop_reason": if cut { "max_tokens" } else { "end_turn" },
        "stop_sequence": null,
        "usage": {
            "input_tokens": answer.prompt_tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": answer.tokens.len(),
            "service_tier": "standard",
        },
    });
    Ok(Json(message).into_response())
}
