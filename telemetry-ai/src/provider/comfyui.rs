//! ComfyUI: graphs that are queued, and their history.

use super::{
    picks,
    protocol::{HeaderLookup, Protocol, RequestLine, Target},
};
use crate::{
    Operation, RequestParameters,
    stream::{
        JobState, Node, Reply, Scanner, set,
        value::{count, decimal, integer, text},
    },
};

/// A server of ComfyUI's, on its own paths or below `/api`.
#[derive(Debug)]
pub(crate) struct ComfyUi;

/// Some forks write seconds; no time in milliseconds since 1970 is as small as this any more.
const SMALLEST_MILLISECONDS: u64 = 100_000_000_000;

impl Protocol for ComfyUi {
    fn recognise(&self, request: &RequestLine<'_>) -> Option<Target> {
        let path = request.trimmed();
        if request.is_post() {
            let queued = path == "prompt" || path.ends_with("/prompt");
            let routed = path.contains("v2/models/");
            return match (queued, routed) {
                (true, _) => Some(self.declared(&Operation::GENERATE_IMAGE)),
                // The router to other providers answers at once and states the credits.
                (_, true) => {
                    let model = path.split_once("v2/models/").map(|(_, model)| model);
                    let operation = super::media::operation_of(model.unwrap_or_default());
                    Some(self.declared(&operation).model(model))
                }
                _ => None,
            };
        }
        let (parent, id) = path.rsplit_once('/')?;
        if !request.is_get() || id.is_empty() {
            return None;
        }
        let shape = if parent.ends_with("history") {
            &HISTORY
        } else if parent.ends_with("api/jobs") {
            &JOB
        } else {
            return None;
        };
        let operation = Operation::GENERATE_IMAGE;
        Some(Target::new(operation, &ComfyUi, &REQUEST, shape).poll(id))
    }

    fn declared(&self, operation: &Operation) -> Target {
        Target::new(operation.clone(), &ComfyUi, &REQUEST, &QUEUED)
    }

    fn headers(&self, headers: HeaderLookup<'_>, reply: &mut Reply) {
        if let Some(credits) =
            headers("x-comfy-credits-used").and_then(|used| decimal(used.as_bytes()))
        {
            reply.usage_mut().units.credits = Some(credits);
        }
        if headers("idempotent-replayed")
            .is_some_and(|replayed| replayed.eq_ignore_ascii_case("true"))
        {
            reply.usage_mut().terms.replayed = Some(true);
        }
    }

    fn settle(&self, _: &Operation, asked: &RequestParameters, reply: &mut Reply) {
        if let Some(seconds) = reply.job.ran() {
            let size = asked.size();
            let usage = reply.usage_mut();
            usage.units.compute_seconds = Some(seconds);
            usage.terms.image_size = size;
        }
    }
}

/// What the queue answers.
static QUEUED: Node<Reply> =
    Node::object(&[("prompt_id", Node::scalar(prompt_id)), ("error", picks::ERROR)]);

/// `{"<id>": {…}}`; empty until the graph has been executed.
static HISTORY: Node<Reply> = Node::object(&[]).any(&ENTRY);

static ENTRY: Node<Reply> = Node::object(&[
    ("outputs", Node::object(&[]).any(&OUTPUT).on_open(begin_outputs)),
    (
        "status",
        Node::object(&[("status_str", Node::scalar(status)), ("messages", Node::list(&MESSAGE))]),
    ),
]);

static OUTPUT: Node<Reply> = Node::object(OUTPUTS);

const OUTPUTS: &[(&str, Node<Reply>)] =
    &[("images", Node::list(&IMAGE)), ("gifs", Node::list(&VIDEO)), ("videos", Node::list(&VIDEO))];

static IMAGE: Node<Reply> = Node::object(&[("type", Node::scalar(picks::item_kind))])
    .on_open(picks::begin_item)
    .on_close(end_image);

static VIDEO: Node<Reply> = Node::object(&[]).on_close(end_video);

/// `["execution_start", {"timestamp": 1755000000000}]`
static MESSAGE: Node<Reply> =
    Node::list(&MESSAGE_PART).on_open(picks::begin_item).on_close(end_message);

static MESSAGE_PART: Node<Reply> = Node::object(&[
    ("timestamp", Node::scalar(timestamp)),
    ("exception_type", Node::scalar(picks::error_class)),
])
.or_scalar(picks::item_kind);

/// A message of the socket's.
static SOCKET: Node<Reply> = Node::object(&[
    ("type", Node::scalar(picks::item_kind)),
    (
        "data",
        Node::object(&[
            ("prompt_id", Node::scalar(picks::id)),
            ("timestamp", Node::scalar(timestamp)),
            ("exception_type", Node::scalar(picks::error_class)),
            ("output", Node::object(OUTPUTS)),
        ]),
    ),
])
.on_close(end_socket_message);

/// What a message of the socket's says.
pub(crate) fn message(message: &[u8]) -> Reply {
    let mut reply = Reply::default();
    Scanner::new(&SOCKET).feed(message, &mut reply);
    reply
}

/// The newer job, of `/api/jobs/{id}`.
static JOB: Node<Reply> = Node::object(&[
    ("status", Node::scalar(job_status)),
    ("create_time", Node::scalar(created)),
    ("execution_start_time", Node::scalar(started)),
    ("execution_end_time", Node::scalar(ended)),
    (
        "execution_error",
        Node::object(&[("exception_type", Node::scalar(picks::error_class))])
            .on_open(picks::failed),
    ),
    ("outputs", Node::object(&[]).any(&OUTPUT).on_open(begin_outputs)),
]);

/// The graph: nodes by their ids, of which the classes and a few inputs tell what is done.
static REQUEST: Node<RequestParameters> =
    Node::object(&[("prompt", Node::object(&[]).any(&GRAPH_NODE))]);

static GRAPH_NODE: Node<RequestParameters> = Node::object(&[
    ("class_type", Node::scalar(class)),
    (
        "inputs",
        Node::object(&[
            ("ckpt_name", Node::scalar(checkpoint)),
            ("unet_name", Node::scalar(checkpoint)),
            ("model_name", Node::scalar(fallback_model)),
            ("seed", Node::scalar(picks::seed)),
            ("noise_seed", Node::scalar(picks::seed)),
            ("steps", Node::scalar(picks::steps)),
            ("width", Node::scalar(width)),
            ("height", Node::scalar(height)),
            ("batch_size", Node::scalar(picks::choice_count)),
        ]),
    ),
]);

fn class(parameters: &mut RequestParameters, value: &[u8]) {
    let Some(class) = text(value) else {
        return;
    };
    let operation = if class.contains("Train") {
        Operation::TRAIN
    } else if class.contains("Video") || class.contains("AnimatedWEBP") || class.contains("WEBM") {
        Operation::GENERATE_VIDEO
    } else if class.contains("UpscaleModel") {
        // A graph may also upscale what it has generated; then generating is what it does.
        if parameters.operation.is_some() { return } else { Operation::UPSCALE }
    } else if class.contains("KSampler") || class.contains("SamplerCustom") {
        match &parameters.operation {
            Some(known) if *known != Operation::UPSCALE => return,
            _ => Operation::GENERATE_IMAGE,
        }
    } else {
        return;
    };
    parameters.operation = Some(operation);
}

fn checkpoint(parameters: &mut RequestParameters, value: &[u8]) {
    set(&mut parameters.model, text(value).as_deref());
}

/// The model of an upscaler names the graph only if nothing else does.
fn fallback_model(parameters: &mut RequestParameters, value: &[u8]) {
    if parameters.model.is_none() {
        set(&mut parameters.model, text(value).as_deref());
    }
}

/// Sizes may be links to other nodes, which are arrays and so not picked.
fn width(parameters: &mut RequestParameters, value: &[u8]) {
    parameters.width = integer(value).or(parameters.width);
}

fn height(parameters: &mut RequestParameters, value: &[u8]) {
    parameters.height = integer(value).or(parameters.height);
}

fn prompt_id(reply: &mut Reply, value: &[u8]) {
    reply.set_id(text(value).as_deref());
    reply.job.state = Some(JobState::Pending);
}

fn status(reply: &mut Reply, value: &[u8]) {
    reply.job.state = match text(value).as_deref() {
        Some("success") => Some(JobState::Succeeded),
        Some("error") => Some(JobState::Failed),
        _ => reply.job.state,
    };
}

fn job_status(reply: &mut Reply, value: &[u8]) {
    reply.job.state = match text(value).as_deref() {
        Some("completed") => Some(JobState::Succeeded),
        Some("failed") => Some(JobState::Failed),
        Some("cancelled") => Some(JobState::Cancelled),
        Some(_) => Some(JobState::Pending),
        None => reply.job.state,
    };
}

fn milliseconds(value: &[u8]) -> Option<u64> {
    let time = count(value).or_else(|| u64::try_from(decimal(value)?.trunc()).ok())?;
    Some(if time < SMALLEST_MILLISECONDS { time.saturating_mul(1000) } else { time })
}

fn timestamp(reply: &mut Reply, value: &[u8]) {
    reply.item.at = milliseconds(value);
}

fn end_message(reply: &mut Reply, _: u32) {
    let item = std::mem::take(&mut reply.item);
    match item.kind.as_deref() {
        Some("execution_start") => reply.job.started = item.at,
        Some("execution_success" | "execution_error") => reply.job.ended = item.at,
        Some("execution_interrupted") => {
            reply.job.ended = item.at;
            reply.job.state = Some(JobState::Cancelled);
        }
        _ => {}
    }
}

fn end_socket_message(reply: &mut Reply, position: u32) {
    let state = match reply.item.kind.as_deref() {
        Some("execution_success") => Some(JobState::Succeeded),
        Some("execution_error") => Some(JobState::Failed),
        _ => None,
    };
    end_message(reply, position);
    reply.job.state = reply.job.state.or(state);
}

fn created(reply: &mut Reply, value: &[u8]) {
    reply.job.created = milliseconds(value);
}

fn started(reply: &mut Reply, value: &[u8]) {
    reply.job.started = milliseconds(value);
}

fn ended(reply: &mut Reply, value: &[u8]) {
    reply.job.ended = milliseconds(value);
}

/// A history repeats all outputs.
fn begin_outputs(reply: &mut Reply) {
    let units = &mut reply.usage_mut().units;
    (units.output_images, units.output_videos) = (None, None);
}

/// Previews are of no use to anybody but the user interface.
fn end_image(reply: &mut Reply, _: u32) {
    let preview = std::mem::take(&mut reply.item).kind.as_deref() == Some("temp");
    if !preview {
        *reply.usage_mut().units.output_images.get_or_insert(0) += 1;
    }
}

fn end_video(reply: &mut Reply, _: u32) {
    *reply.usage_mut().units.output_videos.get_or_insert(0) += 1;
}
