//! Gemini's interactions: answers of models and agents that may be streamed, or run in the background.

use serde::Deserialize;

use super::{
    Operation,
    gemini::Gemini,
    picks,
    protocol::{RequestLine, Target},
};
use crate::{
    RequestParameters, Usage,
    stream::{JobState, Node, Reply, value::text},
    usage::{Count, Word},
};

pub(super) fn recognise(request: &RequestLine<'_>) -> Option<Target> {
    let target = || Target::new(Operation::GENERATE_CONTENT, &Gemini, &REQUEST, &INTERACTION);
    if request.is_post() && request.trimmed().ends_with("/interactions") {
        return Some(target());
    }
    let id = request.segment_after("/interactions/")?;
    let look = request.is_get() || request.path.ends_with("/cancel");
    look.then(|| target().poll(id))
}

/// An interaction, or an event of a streamed one.
static INTERACTION: Node<Reply> = Node::object(&[
    ("event_type", Node::scalar(event_type)),
    ("interaction", Node::object(STREAMED)),
    ("id", Node::scalar(picks::id)),
    ("model", Node::scalar(picks::model)),
    ("status", Node::scalar(status)),
    ("usage", Node::whole(usage)),
    ("error", picks::ERROR),
]);

const STREAMED: &[(&str, Node<Reply>)] = &[
    ("id", Node::scalar(picks::id)),
    ("model", Node::scalar(picks::model)),
    ("status", Node::scalar(streamed_status)),
    ("usage", Node::whole(usage)),
];

static REQUEST: Node<RequestParameters> = Node::object(&[
    ("model", Node::scalar(picks::request_model)),
    ("agent", Node::scalar(picks::request_model)),
    ("stream", Node::scalar(picks::stream)),
    ("previous_interaction_id", Node::scalar(picks::previous_response_id)),
    (
        "generation_config",
        Node::object(&[
            ("max_output_tokens", Node::scalar(picks::max_tokens)),
            ("temperature", Node::scalar(picks::temperature)),
            ("top_p", Node::scalar(picks::top_p)),
            ("seed", Node::scalar(picks::seed)),
            ("stop_sequences", picks::STOP),
            ("thinking_level", Node::scalar(picks::reasoning_level)),
        ]),
    ),
]);

fn event_type(reply: &mut Reply, value: &[u8]) {
    if matches!(text(value).as_deref(), Some("interaction.complete" | "interaction.completed")) {
        reply.closing = true;
    }
}

fn status(reply: &mut Reply, value: &[u8]) {
    reply.job.state = match text(value).as_deref() {
        Some("in_progress" | "queued") => Some(JobState::Pending),
        Some("failed") => Some(JobState::Failed),
        Some("cancelled") => Some(JobState::Cancelled),
        Some(_) => Some(JobState::Succeeded),
        None => reply.job.state,
    };
    finished(reply, value);
}

/// A stream that breaks off has failed, and is no job that somebody will ask after.
fn streamed_status(reply: &mut Reply, value: &[u8]) {
    if text(value).as_deref() == Some("failed") {
        reply.failed(None);
    }
    finished(reply, value);
}

fn finished(reply: &mut Reply, value: &[u8]) {
    let reason = match text(value).as_deref() {
        Some("completed") => "stop",
        Some("requires_action") => "tool_calls",
        Some("incomplete") => "length",
        _ => return,
    };
    reply.choice(0, Some(reason));
}

/// What was used: thoughts are no part of the output here, what tools read no part of the input.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Wire {
    total_input_tokens: Count,
    total_cached_tokens: Count,
    total_output_tokens: Count,
    total_thought_tokens: Count,
    total_reasoning_tokens: Count,
    total_tool_use_tokens: Count,
    input_tokens_by_modality: Option<Vec<Part>>,
    tool_use_tokens_by_modality: Option<Vec<Part>>,
    cached_tokens_by_modality: Option<Vec<Part>>,
    output_tokens_by_modality: Option<Vec<Part>>,
    grounding_tool_count: Option<Vec<Grounding>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Part {
    modality: Word,
    tokens: Count,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Grounding {
    r#type: Word,
    count: Count,
}

fn usage(reply: &mut Reply, value: &[u8]) {
    let Ok(wire) = serde_json::from_slice::<Wire>(value) else {
        return;
    };
    let sum = |first: Count, second: Option<u64>| match (first.0, second) {
        (None, None) => None,
        (first, second) => Some(first.unwrap_or(0).saturating_add(second.unwrap_or(0))),
    };
    let thoughts = wire.total_reasoning_tokens.0.or(wire.total_thought_tokens.0);
    let mut later = Usage {
        input_tokens: sum(wire.total_input_tokens, wire.total_tool_use_tokens.0),
        cache_read_input_tokens: wire.total_cached_tokens.0,
        output_tokens: sum(wire.total_output_tokens, thoughts),
        reasoning_output_tokens: thoughts,
        ..Usage::default()
    };
    split(&mut later.input, wire.input_tokens_by_modality);
    split(&mut later.input, wire.tool_use_tokens_by_modality);
    split(&mut later.cache_read, wire.cached_tokens_by_modality);
    split(&mut later.output, wire.output_tokens_by_modality);
    for used in wire.grounding_tool_count.unwrap_or_default() {
        let field = match used.r#type.0.as_deref() {
            Some("google_search") => &mut later.tools.web_searches,
            Some("google_maps") => &mut later.tools.map_queries,
            _ => continue,
        };
        *field = Some(field.unwrap_or(0).saturating_add(used.count.0.unwrap_or(0)));
    }
    reply.usage(Some(later));
}

fn split(modalities: &mut crate::Modalities, parts: Option<Vec<Part>>) {
    for part in parts.unwrap_or_default() {
        let modality = part.modality.0.as_deref().map(str::to_ascii_lowercase);
        let field = match modality.as_deref() {
            Some("image" | "document") => &mut modalities.image,
            Some("audio") => &mut modalities.audio,
            Some("video") => &mut modalities.video,
            Some("text") => &mut modalities.text,
            _ => continue,
        };
        *field = Some(field.unwrap_or(0).saturating_add(part.tokens.0.unwrap_or(0)));
    }
}
