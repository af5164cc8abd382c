//! [`events`]: an answer as it is streamed, one chunk for each token.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::stream;
use serde_json::{Value, json};

use super::answer::Answer;

/// The response that streams `answer` at its pace; it begins with the first token.
pub(super) async fn events(answer: &Answer, created: u64, with_usage: bool) -> Response {
    if let Some((first, _)) = answer.tokens.first() {
        tokio::time::sleep(*first).await;
    }
    let pieces = stream::unfold(chunks(answer, created, with_usage), |mut left| async move {
        let (wait, piece) = left.pop_front()?;
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        Some((Ok::<_, Infallible>(piece), left))
    });
    let headers =
        [("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache")];
    (headers, Body::from_stream(pieces)).into_response()
}

/// The server-sent events, each with the time before it.
fn chunks(answer: &Answer, created: u64, with_usage: bool) -> VecDeque<(Duration, Bytes)> {
    let chunk = |choices: Value, usage: Value| {
        let mut chunk = json!({
            "id": answer.id,
            "object": "chat.completion.chunk",
            "created": created,
            "model": answer.model.dated_name,
            "service_tier": "default",
            "system_fingerprint": "fp_demo",
            "choices": choices,
        });
        // Where the usage was asked for, all chunks have the key and the last one has the value.
        if with_usage {
            chunk["usage"] = usage;
        }
        Bytes::from(format!("data: {chunk}\n\n"))
    };
    let mut events = VecDeque::with_capacity(answer.tokens.len() + 4);
    let opening = json!({ "role": "assistant", "content": "", "refusal": null });
    events.push_back((Duration::ZERO, chunk(choice(&opening, None), Value::Null)));
    for (index, (wait, text)) in answer.tokens.iter().enumerate() {
        // The first one's time has passed when the response begins.
        let wait = if index == 0 { Duration::ZERO } else { *wait };
        let words = choice(&json!({ "content": text }), None);
        events.push_back((wait, chunk(words, Value::Null)));
    }
    let end = choice(&json!({}), Some(answer.finish_reason()));
    events.push_back((Duration::ZERO, chunk(end, Value::Null)));
    if with_usage {
        events.push_back((Duration::ZERO, chunk(json!([]), answer.usage())));
    }
    events.push_back((Duration::ZERO, Bytes::from_static(b"data: [DONE]\n\n")));
    events
}

/// The choices of one chunk: there is only one.
fn choice(delta: &Value, reason: Option<&str>) -> Value {
    json!([{
        "index": 0,
        "delta": delta,
        "logprobs": null,
        "finish_reason": reason,
    }])
}
