//! Embeddings, images and sound.

use super::{super::picks, chat::USAGE};
use crate::{
    Operation, RequestParameters,
    stream::{Node, Reply, set, value::text},
};

pub(super) static EMBEDDINGS: Node<Reply> = Node::object(&[
    ("id", Node::scalar(picks::id)),
    ("model", Node::scalar(picks::model)),
    ("usage", USAGE),
    ("error", picks::ERROR),
]);

pub(super) static EMBEDDINGS_REQUEST: Node<RequestParameters> = Node::object(&[
    ("model", Node::scalar(picks::request_model)),
    ("dimensions", Node::scalar(picks::dimensions)),
    ("encoding_format", picks::ENCODING_FORMATS),
]);

pub(super) static IMAGES: Node<Reply> = Node::object(&[
    ("type", Node::scalar(image_event)),
    ("data", Node::list(&IMAGE)),
    ("usage", USAGE),
    ("size", Node::scalar(size)),
    ("quality", Node::scalar(quality)),
    ("error", picks::ERROR),
]);

static IMAGE: Node<Reply> = Node::object(&[]).on_close(end_image);

pub(super) static IMAGE_REQUEST: Node<RequestParameters> = Node::object(&[
    ("model", Node::scalar(picks::request_model)),
    ("n", Node::scalar(picks::choice_count)),
    ("size", Node::scalar(picks::image_size)),
    ("quality", Node::scalar(picks::image_quality)),
    ("stream", Node::scalar(picks::stream)),
    // Of others who speak this protocol.
    ("seed", Node::scalar(picks::seed)),
    ("steps", Node::scalar(picks::steps)),
    ("width", Node::scalar(picks::width)),
    ("height", Node::scalar(picks::height)),
]);

/// The answer is sound; there is nothing to read.
pub(super) static SPEECH: Node<Reply> = Node::object(&[("usage", USAGE), ("error", picks::ERROR)]);

pub(super) static SPEECH_REQUEST: Node<RequestParameters> = Node::object(&[
    ("model", Node::scalar(picks::request_model)),
    ("input", Node::scalar(picks::input_characters)),
]);

pub(super) static TRANSCRIPTION: Node<Reply> = Node::object(&[
    ("type", Node::scalar(transcript_event)),
    ("usage", USAGE),
    // The verbose format says how long the sound was, in seconds.
    ("duration", Node::scalar(sound_duration)),
    ("error", picks::ERROR),
]);

/// Sent as a form with a file, whose fields can't be read without copying it.
pub(super) static TRANSCRIPTION_REQUEST: Node<RequestParameters> =
    Node::object(&[("model", Node::scalar(picks::request_model))]);

fn image_event(reply: &mut Reply, value: &[u8]) {
    if let Some("image_generation.completed" | "image_edit.completed") = text(value).as_deref() {
        end_image(reply, 0);
        reply.closing = true;
    }
}

fn end_image(reply: &mut Reply, _: u32) {
    *reply.usage_mut().units.output_images.get_or_insert(0) += 1;
}

fn size(reply: &mut Reply, value: &[u8]) {
    set(&mut reply.usage_mut().terms.image_size, text(value).as_deref());
}

fn quality(reply: &mut Reply, value: &[u8]) {
    set(&mut reply.usage_mut().terms.image_quality, text(value).as_deref());
}

fn transcript_event(reply: &mut Reply, value: &[u8]) {
    reply.closing |= text(value).as_deref() == Some("transcript.text.done");
}

fn sound_duration(reply: &mut Reply, value: &[u8]) {
    let seconds = crate::stream::value::decimal(value);
    let units = &mut reply.usage_mut().units;
    units.input_audio_seconds = units.input_audio_seconds.or(seconds);
}

/// What is billed by what was asked for.
pub(super) fn settle(operation: &Operation, asked: &RequestParameters, reply: &mut Reply) {
    if *operation == Operation::SPEECH && asked.input_characters.is_some() {
        reply.usage_mut().units.input_characters = asked.input_characters;
    }
    if *operation == Operation::GENERATE_IMAGE
        && let Some(usage) = &mut reply.usage
    {
        let terms = &mut usage.terms;
        terms.image_size = terms.image_size.take().or_else(|| asked.size());
        terms.image_quality = terms.image_quality.take().or_else(|| asked.image_quality.clone());
    }
}
