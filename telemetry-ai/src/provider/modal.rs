//! Modal: functions of the user's own, behind web endpoints.

use super::{
    media, openai, picks,
    protocol::{HeaderLookup, Protocol, RequestLine, Step, Target},
};
use crate::{
    Operation, RequestParameters,
    stream::{
        JobState, Node, Reply,
        value::{decimal, text},
    },
};

/// Apps on Modal. Their paths are the user's own, so that every POST is a call; the label of the
/// app stands for the model unless a rule names one.
#[derive(Debug)]
pub(crate) struct Modal;

impl Protocol for Modal {
    fn recognise(&self, request: &RequestLine<'_>) -> Option<Target> {
        if let Some(target) = openai::OpenAi.recognise(request) {
            return Some(target);
        }
        if let Some(id) = call_id(request) {
            return request.is_get().then(|| target(Operation::GENERATE_CONTENT).poll(id));
        }
        let label = label(request.host).unwrap_or_default();
        let named = || target(media::operation_of(&format!("{label}{}", request.path)));
        request.is_post().then(|| named().model(Some(label)))
    }

    fn declared(&self, operation: &Operation) -> Target {
        match operation.as_str() {
            "chat" | "text_completion" | "embeddings" => openai::OpenAi.declared(operation),
            _ => target(operation.clone()),
        }
    }

    /// The result of a spawned call is whatever the function returned: the status tells its end.
    fn status(&self, step: &Step, status: u16, reply: &mut Reply) {
        let is_poll = matches!(step, Step::Poll(_));
        reply.job.state = match status {
            202 => Some(JobState::Pending),
            200 if is_poll => Some(JobState::Succeeded),
            500 if is_poll => {
                reply.failed(Some("500"));
                Some(JobState::Failed)
            }
            _ => return,
        };
    }

    fn headers(&self, headers: HeaderLookup<'_>, reply: &mut Reply) {
        reply.set_id(headers("modal-function-call-id"));
    }
}

fn target(operation: Operation) -> Target {
    Target::new(operation, &Modal, &REQUEST, &RESPONSE)
}

/// `workspace-dev--upscaler.modal.run` is the app `upscaler`.
fn label(host: &str) -> Option<&str> {
    let (_, rest) = host.split_once("--")?;
    rest.split('.').next()
}

/// The id of a spawned call, which every id on Modal's begins so, in the path or the query.
fn call_id<'a>(request: &RequestLine<'a>) -> Option<&'a str> {
    let parts = request.path.split('/').chain(request.query.split(['&', '=']));
    parts.into_iter().find(|part| part.len() > 3 && part.starts_with("fc-"))
}

/// What an app answers is its own affair; the job pattern of Modal's examples is understood, and
/// a statement of the worker's own in the body's `metrics`.
static RESPONSE: Node<Reply> = Node::object(&[
    ("call_id", Node::scalar(spawned)),
    ("function_call_id", Node::scalar(spawned)),
    ("status", Node::scalar(status)),
    ("images", Node::list(&IMAGE)),
    (
        "metrics",
        Node::object(&[
            ("gpu_seconds", Node::scalar(compute_seconds)),
            ("compute_seconds", Node::scalar(compute_seconds)),
            ("gpu", Node::scalar(hardware)),
        ]),
    ),
    ("error", picks::ERROR),
]);

static IMAGE: Node<Reply> = Node::object(&[]).on_close(end_image).or_scalar(image);

/// The body of a request, as far as such apps share it.
static REQUEST: Node<RequestParameters> = Node::object(&[
    ("model", Node::scalar(picks::request_model)),
    ("seed", Node::scalar(picks::seed)),
    ("steps", Node::scalar(picks::steps)),
    ("num_inference_steps", Node::scalar(picks::steps)),
    ("width", Node::scalar(picks::width)),
    ("height", Node::scalar(picks::height)),
    ("num_images", Node::scalar(picks::choice_count)),
    ("max_tokens", Node::scalar(picks::max_tokens)),
    ("temperature", Node::scalar(picks::temperature)),
]);

fn spawned(reply: &mut Reply, value: &[u8]) {
    if let Some(id) = text(value).filter(|id| id.starts_with("fc-")) {
        reply.set_id(Some(&id));
        reply.job.state = reply.job.state.or(Some(JobState::Pending));
    }
}

fn status(reply: &mut Reply, value: &[u8]) {
    let state = match text(value).as_deref() {
        Some("pending" | "queued" | "running" | "processing") => JobState::Pending,
        Some("success" | "succeeded" | "completed" | "done") => JobState::Succeeded,
        Some("failure" | "failed" | "error") => JobState::Failed,
        _ => return,
    };
    reply.job.state = Some(state);
}

fn compute_seconds(reply: &mut Reply, value: &[u8]) {
    reply.usage_mut().units.compute_seconds = decimal(value);
}

fn hardware(reply: &mut Reply, value: &[u8]) {
    crate::stream::set(&mut reply.usage_mut().terms.hardware, text(value).as_deref());
}

fn image(reply: &mut Reply, _: &[u8]) {
    end_image(reply, 0);
}

fn end_image(reply: &mut Reply, _: u32) {
    *reply.usage_mut().units.output_images.get_or_insert(0) += 1;
}
