//! Anthropic's messages, wherever they are served.

use serde::Deserialize;

use super::{
    anthropic_batches, picks,
    protocol::{Protocol, RequestLine, Target},
};
use crate::{
    Iteration, Operation, RequestParameters, Usage,
    stream::{Node, Reply, set_word, value::text},
    usage::{Count, Word},
};

/// The Messages API.
#[derive(Debug)]
pub(crate) struct Anthropic;

/// Passes beyond this many are not told apart.
const MOST_ITERATIONS: usize = 64;

impl Protocol for Anthropic {
    fn recognise(&self, request: &RequestLine<'_>) -> Option<Target> {
        if let Some(batch) = anthropic_batches::recognise(request) {
            return Some(batch);
        }
        let path = request.trimmed();
        // Counting tokens is free and generates nothing.
        let is_call = path == "messages" || path.ends_with("/messages");
        (request.is_post() && is_call).then(|| self.declared(&Operation::CHAT))
    }

    fn declared(&self, operation: &Operation) -> Target {
        Target::new(operation.clone(), &Anthropic, &REQUEST, &MESSAGE)
    }
}

/// A message, or an event of a streamed one.
pub(super) static MESSAGE: Node<Reply> = Node::object(&[
    ("type", Node::scalar(event_type)),
    ("message", Node::object(MEMBERS)),
    ("delta", Node::object(&[("stop_reason", Node::scalar(picks::finish_reason))])),
    ("id", Node::scalar(message_id)),
    ("model", Node::scalar(picks::model)),
    ("stop_reason", Node::scalar(picks::finish_reason)),
    ("usage", Node::whole(usage)),
    ("error", picks::ERROR),
    // What a stream of Bedrock's measures itself, within its last event.
    ("amazon-bedrock-invocationMetrics", Node::whole(invocation_metrics)),
]);

pub(super) const MEMBERS: &[(&str, Node<Reply>)] = &[
    ("id", Node::scalar(picks::id)),
    ("model", Node::scalar(picks::model)),
    ("stop_reason", Node::scalar(picks::finish_reason)),
    ("usage", Node::whole(usage)),
];

/// The body of a request.
pub(super) static REQUEST: Node<RequestParameters> = Node::object(&[
    ("model", Node::scalar(picks::request_model)),
    ("stream", Node::scalar(picks::stream)),
    ("max_tokens", Node::scalar(picks::max_tokens)),
    ("temperature", Node::scalar(picks::temperature)),
    ("top_p", Node::scalar(picks::top_p)),
    ("top_k", Node::scalar(picks::top_k)),
    ("stop_sequences", picks::STOP),
    ("service_tier", Node::scalar(picks::service_tier)),
    ("output_config", Node::object(&[("effort", Node::scalar(picks::reasoning_level))])),
]);

pub(super) fn event_type(reply: &mut Reply, value: &[u8]) {
    match text(value).as_deref() {
        Some("message_stop") => reply.closing = true,
        Some("error") => reply.failed(None),
        _ => {}
    }
}

/// Tool calls in a stream have ids of their own kind.
fn message_id(reply: &mut Reply, value: &[u8]) {
    if text(value).is_some_and(|id| id.starts_with("msg_")) {
        picks::id(reply, value);
    }
}

/// The `usage` of a message: counts that leave the cache out of the input.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Wire {
    input_tokens: Count,
    output_tokens: Count,
    cache_creation_input_tokens: Count,
    cache_read_input_tokens: Count,
    cache_creation: Option<CacheCreation>,
    output_tokens_details: Option<OutputDetails>,
    server_tool_use: Option<ServerToolUse>,
    service_tier: Word,
    inference_geo: Word,
    speed: Word,
    iterations: Option<Vec<Pass>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct CacheCreation {
    ephemeral_5m_input_tokens: Count,
    ephemeral_1h_input_tokens: Count,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct OutputDetails {
    thinking_tokens: Count,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ServerToolUse {
    web_search_requests: Count,
    web_fetch_requests: Count,
    code_execution_requests: Count,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Pass {
    model: Word,
    input_tokens: Count,
    output_tokens: Count,
    cache_creation_input_tokens: Count,
    cache_read_input_tokens: Count,
    cache_creation: Option<CacheCreation>,
}

/// Takes over a `usage`, field by field, since a stream states each count in the event that knows
/// it, cumulatively; then adds the input up anew.
pub(super) fn usage(reply: &mut Reply, value: &[u8]) {
    let Ok(wire) = serde_json::from_slice::<Wire>(value) else {
        return;
    };
    reply.fresh_input_tokens = wire.input_tokens.0.or(reply.fresh_input_tokens);
    let mut later = cached(
        wire.cache_creation_input_tokens.0,
        wire.cache_read_input_tokens.0,
        wire.cache_creation.as_ref(),
    );
    later.output_tokens = wire.output_tokens.0;
    later.reasoning_output_tokens =
        wire.output_tokens_details.and_then(|details| details.thinking_tokens.0);
    if let Some(tools) = wire.server_tool_use {
        later.tools.web_searches = tools.web_search_requests.0;
        later.tools.web_fetches = tools.web_fetch_requests.0;
        later.tools.code_sessions = tools.code_execution_requests.0;
    }
    later.terms.service_tier = wire.service_tier.0;
    later.terms.geography = wire.inference_geo.0;
    later.terms.speed = wire.speed.0;
    set_word(&mut reply.service_tier, later.terms.service_tier.as_deref());
    let passes = wire.iterations.unwrap_or_default();
    later.iterations = passes.iter().take(MOST_ITERATIONS).map(iteration).collect();
    reply.usage(Some(later));
    add_up_input(reply);
}

/// The total of the input, as the conventions count it: what is fresh, read and written.
pub(super) fn add_up_input(reply: &mut Reply) {
    let Some(fresh) = reply.fresh_input_tokens else {
        return;
    };
    let usage = reply.usage_mut();
    usage.input_tokens = Some(total_input(fresh, usage));
}

fn total_input(fresh: u64, usage: &Usage) -> u64 {
    fresh
        .saturating_add(usage.cache_read_input_tokens.unwrap_or(0))
        .saturating_add(usage.cache_write_input_tokens.unwrap_or(0))
}

fn cached(written: Option<u64>, read: Option<u64>, split: Option<&CacheCreation>) -> Usage {
    let mut usage = Usage { cache_read_input_tokens: read, ..Usage::default() };
    if let Some(split) = split {
        usage.cache_writes.five_minutes = split.ephemeral_5m_input_tokens.0;
        usage.cache_writes.one_hour = split.ephemeral_1h_input_tokens.0;
    }
    let parts = usage
        .cache_writes
        .five_minutes
        .unwrap_or(0)
        .saturating_add(usage.cache_writes.one_hour.unwrap_or(0));
    usage.cache_write_input_tokens = written.or(Some(parts).filter(|_| split.is_some()));
    usage
}

fn iteration(pass: &Pass) -> Iteration {
    let mut usage = cached(
        pass.cache_creation_input_tokens.0,
        pass.cache_read_input_tokens.0,
        pass.cache_creation.as_ref(),
    );
    usage.input_tokens = pass.input_tokens.0.map(|fresh| total_input(fresh, &usage));
    usage.output_tokens = pass.output_tokens.0;
    Iteration::new(pass.model.0.as_deref(), usage)
}

/// What Bedrock counted of a stream: kept where the message itself said nothing.
pub(super) fn invocation_metrics(reply: &mut Reply, value: &[u8]) {
    #[derive(Deserialize, Default)]
    #[serde(default, rename_all = "camelCase")]
    struct Metrics {
        input_token_count: Count,
        output_token_count: Count,
        cache_read_input_token_count: Count,
        cache_write_input_token_count: Count,
    }
    let Ok(metrics) = serde_json::from_slice::<Metrics>(value) else {
        return;
    };
    reply.fresh_input_tokens = reply.fresh_input_tokens.or(metrics.input_token_count.0);
    let usage = reply.usage_mut();
    let keep = |field: &mut Option<u64>, count: Count| *field = field.or(count.0);
    keep(&mut usage.output_tokens, metrics.output_token_count);
    keep(&mut usage.cache_read_input_tokens, metrics.cache_read_input_token_count);
    keep(&mut usage.cache_write_input_tokens, metrics.cache_write_input_token_count);
    add_up_input(reply);
}

#[cfg(test)]
#[path = "anthropic_tests.rs"]
mod tests;
