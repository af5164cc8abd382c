//! fal: models that answer at once, and the queue.

use super::{
    media, picks,
    protocol::{HeaderLookup, Protocol, RequestLine, Step, Target},
};
use crate::{
    Operation, RequestParameters,
    stream::{
        JobState, Node, Reply,
        value::{decimal, text},
    },
};

/// fal's models. The host `fal.run` answers at once, `queue.fal.run` takes jobs.
#[derive(Debug)]
pub(crate) struct Fal;

impl Protocol for Fal {
    fn recognise(&self, request: &RequestLine<'_>) -> Option<Target> {
        let path = request.trimmed();
        // The rest of the API is about prices and files.
        if request.host.starts_with("api.") || request.host.starts_with("rest.") {
            return None;
        }
        if let Some((_, job)) = path.split_once("/requests/") {
            let (id, step) = job.split_once('/').unwrap_or((job, ""));
            let shape = match step {
                "" | "response" if request.is_get() => &RESULT,
                "status" if request.is_get() => &STATUS,
                "cancel" if request.method == "PUT" => &STATUS,
                _ => return None,
            };
            let operation = Operation::GENERATE_CONTENT;
            return Some(Target::new(operation, &Fal, &REQUEST, shape).poll(id));
        }
        if !request.is_post() || !path.contains('/') {
            return None;
        }
        let queued = request.host.starts_with("queue.");
        let shape = if queued { &SUBMITTED } else { &OUTPUT };
        let target = Target::new(media::operation_of(path), &Fal, &REQUEST, shape);
        Some(target.model(Some(path)))
    }

    fn declared(&self, operation: &Operation) -> Target {
        Target::new(operation.clone(), &Fal, &REQUEST, &SUBMITTED)
    }

    fn headers(&self, headers: HeaderLookup<'_>, reply: &mut Reply) {
        reply.set_id(headers("x-fal-request-id"));
        let units = headers("x-fal-billable-units").and_then(|units| decimal(units.as_bytes()));
        if let Some(units) = units.filter(|units| !units.is_sign_negative()) {
            reply.usage_mut().units.billed_units = Some(units);
        }
    }

    /// A result that can't be had is what the job came to; anything else may be asked for again.
    fn status(&self, step: &Step, status: u16, reply: &mut Reply) {
        if matches!(step, Step::Poll(_)) && status == 422 {
            reply.failed(Some("422"));
            reply.job.state = Some(JobState::Failed);
        }
    }

    fn settle(&self, _: &Operation, asked: &RequestParameters, reply: &mut Reply) {
        let Some(usage) = &mut reply.usage else {
            return;
        };
        let terms = &mut usage.terms;
        terms.image_size = terms.image_size.take().or_else(|| asked.size());
        terms.resolution = terms.resolution.take().or_else(|| asked.resolution.clone());
    }
}

/// What a model answers: pictures, films, sound.
const OUTPUT_MEMBERS: &[(&str, Node<Reply>)] = &[
    ("images", Node::list(&IMAGE).on_open(begin_images)),
    ("image", Node::object(&[]).on_close(end_image)),
    ("video", Node::object(&[("duration", Node::scalar(video_duration))]).on_close(end_video)),
    ("audio", Node::object(&[("duration", Node::scalar(audio_duration))])),
    ("detail", Node::object(&[]).or_list(&DETAIL)),
];

static OUTPUT: Node<Reply> = Node::object(OUTPUT_MEMBERS);

/// What is wrong with a request: `{"type": "…", "msg": "…"}`, of which the type is recorded.
static DETAIL: Node<Reply> =
    Node::object(&[("type", Node::scalar(picks::error_class))]).on_open(picks::failed);

static IMAGE: Node<Reply> = Node::object(&[]).on_close(end_image);

/// The result of a job is its output. Its end is known by the response's status.
static RESULT: Node<Reply> = Node::object(OUTPUT_MEMBERS).on_close(result_came);

static SUBMITTED: Node<Reply> =
    Node::object(&[("request_id", Node::scalar(request_id)), ("status", Node::scalar(status))]);

static STATUS: Node<Reply> = Node::object(&[
    ("status", Node::scalar(status)),
    ("metrics", Node::object(&[("inference_time", Node::scalar(inference_time))])),
    ("error_type", Node::scalar(picks::error_class)),
    ("error", Node::scalar(picks::error_text)),
]);

/// What a webhook brings.
pub(super) static WEBHOOK: Node<Reply> = Node::object(&[
    ("request_id", Node::scalar(picks::id)),
    ("status", Node::scalar(webhook_status)),
    ("payload", Node::object(OUTPUT_MEMBERS)),
    ("error", Node::scalar(picks::error_text)),
]);

/// The body of a request, as far as models share it.
static REQUEST: Node<RequestParameters> = Node::object(&[
    ("seed", Node::scalar(picks::seed)),
    ("num_images", Node::scalar(picks::choice_count)),
    ("num_inference_steps", Node::scalar(picks::steps)),
    ("steps", Node::scalar(picks::steps)),
    (
        "image_size",
        Node::object(&[
            ("width", Node::scalar(picks::width)),
            ("height", Node::scalar(picks::height)),
        ])
        .or_scalar(picks::image_size),
    ),
    ("aspect_ratio", Node::scalar(picks::image_size)),
    ("resolution", Node::scalar(picks::resolution)),
    ("duration", Node::scalar(picks::duration)),
    ("max_tokens", Node::scalar(picks::max_tokens)),
    ("temperature", Node::scalar(picks::temperature)),
]);

fn request_id(reply: &mut Reply, value: &[u8]) {
    reply.set_id(text(value).as_deref());
    reply.job.state = reply.job.state.or(Some(JobState::Pending));
}

/// A job that is `COMPLETED` has still to be fetched: what is billed comes with the result.
fn status(reply: &mut Reply, value: &[u8]) {
    if text(value).is_some() {
        reply.job.state = Some(JobState::Pending);
    }
}

fn webhook_status(reply: &mut Reply, value: &[u8]) {
    let failed = text(value).as_deref() == Some("ERROR");
    reply.job.state = Some(if failed { JobState::Failed } else { JobState::Succeeded });
}

fn result_came(reply: &mut Reply, _: u32) {
    let failed = reply.error.is_some();
    reply.job.state = Some(if failed { JobState::Failed } else { JobState::Succeeded });
}

fn inference_time(reply: &mut Reply, value: &[u8]) {
    if let Some(seconds) = decimal(value) {
        reply.job.run_seconds = Some(seconds);
    }
}

fn begin_images(reply: &mut Reply) {
    reply.usage_mut().units.output_images = Some(0);
}

fn end_image(reply: &mut Reply, _: u32) {
    *reply.usage_mut().units.output_images.get_or_insert(0) += 1;
}

fn end_video(reply: &mut Reply, _: u32) {
    *reply.usage_mut().units.output_videos.get_or_insert(0) += 1;
}

fn video_duration(reply: &mut Reply, value: &[u8]) {
    reply.usage_mut().units.output_video_seconds = decimal(value);
}

fn audio_duration(reply: &mut Reply, value: &[u8]) {
    reply.usage_mut().units.output_audio_seconds = decimal(value);
}
