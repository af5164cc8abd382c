//! The Responses API, plain, streamed, and in the background.

use super::{
    super::picks,
    chat::{USAGE, output_type},
    service_tier,
};
use crate::{
    RequestParameters, Sparse, ToolUse,
    stream::{
        JobState, Node, Reply,
        value::{count, text},
    },
};

/// A response, or an event of a stream that carries one.
pub(super) static RESPONSE: Node<Reply> = Node::object(&[
    ("type", Node::scalar(event_type)),
    ("response", Node::object(MEMBERS)),
    ("id", Node::scalar(response_id)),
    ("model", Node::scalar(picks::model)),
    ("service_tier", Node::scalar(service_tier)),
    ("status", Node::scalar(status)),
    ("incomplete_details", INCOMPLETE),
    ("output", Node::list(&OUTPUT).on_open(begin_outputs)),
    ("tool_usage", TOOL_USAGE),
    ("usage", USAGE),
    ("error", picks::ERROR),
    ("code", Node::scalar(event_code)),
])
.on_close(end_response);

const MEMBERS: &[(&str, Node<Reply>)] = &[
    ("id", Node::scalar(picks::id)),
    ("model", Node::scalar(picks::model)),
    ("service_tier", Node::scalar(service_tier)),
    ("status", Node::scalar(status)),
    ("incomplete_details", INCOMPLETE),
    ("output", Node::list(&OUTPUT).on_open(begin_outputs)),
    ("tool_usage", TOOL_USAGE),
    ("usage", USAGE),
    ("error", picks::ERROR),
];

const INCOMPLETE: Node<Reply> = Node::object(&[("reason", Node::scalar(picks::finish_reason))]);

const TOOL_USAGE: Node<Reply> =
    Node::object(&[("web_search", Node::object(&[("num_requests", Node::scalar(web_searches))]))]);

static OUTPUT: Node<Reply> = Node::object(&[("type", Node::scalar(picks::item_kind))])
    .on_open(picks::begin_item)
    .on_close(end_output);

/// Events of a stream have ids of their own kind, as have the items in it.
fn response_id(reply: &mut Reply, value: &[u8]) {
    if text(value).is_some_and(|id| id.starts_with("resp_")) {
        picks::id(reply, value);
    }
}

fn event_type(reply: &mut Reply, value: &[u8]) {
    match text(value).as_deref() {
        Some("response.completed" | "response.incomplete" | "response.failed") => {
            reply.closing = true;
        }
        Some("error") => reply.failed(None),
        _ => {}
    }
}

/// What ended well says no other reason. Until its last brace, a response may still break off.
fn end_response(reply: &mut Reply, _: u32) {
    if reply.job.state == Some(JobState::Succeeded) && !reply.has_choices() {
        reply.choice(0, Some("completed"));
    }
}

/// The code of an event of the type `error`.
fn event_code(reply: &mut Reply, value: &[u8]) {
    if reply.error.is_some() {
        picks::error_class(reply, value);
    }
}

fn status(reply: &mut Reply, value: &[u8]) {
    let Some(status) = text(value) else {
        return;
    };
    reply.job.state = match &*status {
        "queued" => Some(JobState::Pending),
        "completed" | "incomplete" => Some(JobState::Succeeded),
        "failed" => Some(JobState::Failed),
        "cancelled" => Some(JobState::Cancelled),
        // A stream begins so; in the background it was queued before.
        _ => reply.job.state,
    };
}

/// An event repeats all outputs, so that the last list is the whole.
fn begin_outputs(reply: &mut Reply) {
    if let Some(usage) = &mut reply.usage {
        usage.tools = Sparse::default();
    }
}

fn end_output(reply: &mut Reply, _: u32) {
    let item = std::mem::take(&mut reply.item);
    let tools = |reply: &mut Reply, field: fn(&mut ToolUse) -> &mut Option<u64>| {
        *field(&mut reply.usage_mut().tools).get_or_insert(0) += 1;
    };
    match item.kind.as_deref() {
        Some("web_search_call") => tools(reply, |tools| &mut tools.web_searches),
        Some("file_search_call") => tools(reply, |tools| &mut tools.file_searches),
        Some("code_interpreter_call") => tools(reply, |tools| &mut tools.code_sessions),
        Some("image_generation_call") => tools(reply, |tools| &mut tools.image_generations),
        _ => {}
    }
}

/// Where the response counts the searches itself, that count is billed.
fn web_searches(reply: &mut Reply, value: &[u8]) {
    if let Some(searches) = count(value) {
        reply.usage_mut().tools.web_searches = Some(searches);
    }
}

/// The body of a request.
pub(super) static REQUEST: Node<RequestParameters> = Node::object(&[
    ("model", Node::scalar(picks::request_model)),
    ("stream", Node::scalar(picks::stream)),
    ("max_output_tokens", Node::scalar(picks::max_tokens)),
    ("temperature", Node::scalar(picks::temperature)),
    ("top_p", Node::scalar(picks::top_p)),
    ("reasoning", Node::object(&[("effort", Node::scalar(picks::reasoning_level))])),
    ("service_tier", Node::scalar(picks::service_tier)),
    ("previous_response_id", Node::scalar(picks::previous_response_id)),
    (
        "conversation",
        Node::object(&[("id", Node::scalar(picks::conversation_id))])
            .or_scalar(picks::conversation_id),
    ),
    ("text", Node::object(&[("format", Node::object(&[("type", Node::scalar(output_type))]))])),
]);
