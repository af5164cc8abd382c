//! Replicate: predictions and trainings.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde_json::value::RawValue;

use super::{
    media, picks,
    protocol::{Protocol, RequestLine, Target},
};
use crate::{
    Operation, RequestParameters,
    stream::{
        JobState, Node, Reply, set, unix_milliseconds,
        value::{decimal, is_true, text},
    },
};

/// Replicate's API.
#[derive(Debug)]
pub(crate) struct Replicate;

/// Names of measurements that are longer are not kept.
const LONGEST_MEASUREMENT: usize = 64;

impl Protocol for Replicate {
    fn recognise(&self, request: &RequestLine<'_>) -> Option<Target> {
        let path = request.trimmed();
        if let Some(id) = asked_after(path) {
            let is_look = request.is_get() || (request.is_post() && path.ends_with("/cancel"));
            return is_look.then(|| target(Operation::GENERATE_CONTENT).poll(id));
        }
        if !request.is_post() {
            return None;
        }
        let named = |path: &str| {
            let mut parts = path.split('/');
            let (owner, name) = (parts.next()?, parts.next()?);
            (!owner.is_empty() && !name.is_empty()).then(|| format!("{owner}/{name}"))
        };
        let after = |marker: &str| named(path.split_once(marker)?.1);
        if path.ends_with("/trainings") {
            return Some(target(Operation::TRAIN).model(after("/models/").as_deref()));
        }
        if !path.ends_with("/predictions") {
            return None;
        }
        let model = after("/models/").or_else(|| after("/deployments/"));
        let operation = media::operation_of(model.as_deref().unwrap_or_default());
        Some(target(operation).model(model.as_deref()))
    }

    fn declared(&self, operation: &Operation) -> Target {
        target(operation.clone())
    }

    fn settle(&self, _: &Operation, asked: &RequestParameters, reply: &mut Reply) {
        // Public models bill the time that they run.
        if let Some(usage) = &mut reply.usage
            && usage.terms.image_size.is_none()
        {
            usage.terms.image_size = asked.size();
        }
    }
}

fn target(operation: Operation) -> Target {
    Target::new(operation, &Replicate, &REQUEST, &PREDICTION)
}

/// The id in `…/predictions/{id}`, `…/trainings/{id}/cancel`.
fn asked_after(path: &str) -> Option<&str> {
    let path = path.strip_suffix("/cancel").unwrap_or(path);
    let (parent, id) = path.rsplit_once('/')?;
    let listed = parent.ends_with("predictions") || parent.ends_with("trainings");
    (listed && !id.is_empty()).then_some(id)
}

/// A prediction or a training, in a response or in a webhook.
pub(super) static PREDICTION: Node<Reply> = Node::object(&[
    ("id", Node::scalar(picks::id)),
    ("model", Node::scalar(picks::model)),
    ("status", Node::scalar(status)),
    ("created_at", Node::scalar(created)),
    ("started_at", Node::scalar(started)),
    ("completed_at", Node::scalar(ended)),
    ("metrics", Node::whole(metrics)),
]);

/// The body of a request. The input is the model's own affair, but for what many models share.
static REQUEST: Node<RequestParameters> = Node::object(&[
    ("version", Node::scalar(version)),
    ("stream", Node::scalar(picks::stream)),
    (
        "input",
        Node::object(&[
            ("seed", Node::scalar(picks::seed)),
            ("num_outputs", Node::scalar(picks::choice_count)),
            ("num_inference_steps", Node::scalar(picks::steps)),
            ("steps", Node::scalar(picks::steps)),
            ("width", Node::scalar(picks::width)),
            ("height", Node::scalar(picks::height)),
            ("aspect_ratio", Node::scalar(picks::image_size)),
            ("resolution", Node::scalar(picks::resolution)),
            ("duration", Node::scalar(picks::duration)),
            ("max_tokens", Node::scalar(picks::max_tokens)),
            ("max_new_tokens", Node::scalar(picks::max_tokens)),
            ("temperature", Node::scalar(picks::temperature)),
            ("top_p", Node::scalar(picks::top_p)),
            ("top_k", Node::scalar(picks::top_k)),
        ]),
    ),
]);

/// `owner/name:version`, or the version alone; it names the model where the path doesn't.
fn version(parameters: &mut RequestParameters, value: &[u8]) {
    if let Some(version) = text(value) {
        let model = version.split_once(':').map_or(&*version, |(model, _)| model);
        set(&mut parameters.model, Some(model));
    }
}

fn status(reply: &mut Reply, value: &[u8]) {
    reply.job.state = match text(value).as_deref() {
        Some("succeeded") => Some(JobState::Succeeded),
        Some("failed") => Some(JobState::Failed),
        // The deadline passed before it began.
        Some("aborted") => {
            reply.failed(Some("aborted"));
            Some(JobState::Failed)
        }
        Some("canceled") => Some(JobState::Cancelled),
        Some(_) => Some(JobState::Pending),
        None => reply.job.state,
    };
}

fn time(value: &[u8]) -> Option<u64> {
    unix_milliseconds(&text(value)?)
}

fn created(reply: &mut Reply, value: &[u8]) {
    reply.job.created = time(value);
}

fn started(reply: &mut Reply, value: &[u8]) {
    reply.job.started = time(value);
}

fn ended(reply: &mut Reply, value: &[u8]) {
    reply.job.ended = time(value);
}

/// What Replicate bills by: times and counts under names of its own.
fn metrics(reply: &mut Reply, value: &[u8]) {
    let Ok(metrics) = serde_json::from_slice::<BTreeMap<String, &RawValue>>(value) else {
        return;
    };
    for (name, value) in metrics {
        let value = value.get().as_bytes();
        match decimal(value) {
            Some(amount) => measure(reply, name, amount),
            None => word(reply, &name, value),
        }
    }
}

fn measure(reply: &mut Reply, name: String, amount: Decimal) {
    let count = || amount.is_integer().then(|| u64::try_from(amount).ok()).flatten();
    let usage = reply.usage.get_or_insert_default();
    match name.as_str() {
        "predict_time" => {
            usage.units.compute_seconds = Some(amount);
            reply.job.run_seconds = Some(amount);
        }
        "total_time" => {}
        "image_output_count" => usage.units.output_images = count(),
        "video_output_count" => usage.units.output_videos = count(),
        "video_output_total_pixel_count" => usage.units.output_pixels = count(),
        "video_output_duration_seconds" => usage.units.output_video_seconds = Some(amount),
        "audio_output_duration_seconds" => usage.units.output_audio_seconds = Some(amount),
        "character_input_count" => usage.units.input_characters = count(),
        "character_output_count" => usage.units.output_characters = count(),
        "token_input_count" | "input_token_count" => usage.input_tokens = count(),
        "token_output_count" | "output_token_count" => usage.output_tokens = count(),
        "training_step_count" => usage.units.training_steps = count(),
        "unspecified_billing_metric" => usage.units.billed_units = Some(amount),
        _ if name.len() <= LONGEST_MEASUREMENT => usage.units.set_other(name, amount),
        _ => {}
    }
}

/// Measurements that are words: which variant of a price applies.
fn word(reply: &mut Reply, name: &str, value: &[u8]) {
    let usage = reply.usage.get_or_insert_default();
    match name {
        "resolution_target" | "resolution_upscale_target" => {
            set(&mut usage.terms.resolution, text(value).as_deref());
        }
        "model_variant" | "motion_mode" => set(&mut usage.terms.speed, text(value).as_deref()),
        "with_audio" => {
            usage.units.set_other("with_audio", Decimal::from(u8::from(is_true(value))));
        }
        _ => {}
    }
}
