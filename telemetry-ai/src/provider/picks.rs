//! Values that several providers' documents share.

use std::borrow::Cow;

use crate::{
    RequestParameters,
    error_code::snake_case,
    stream::{
        Node, Reply, set, set_word,
        value::{digits, float, integer, is_true, text},
        word,
    },
};

pub(super) fn id(reply: &mut Reply, value: &[u8]) {
    if reply.id.is_none() {
        reply.set_id(text(value).as_deref());
    }
}

pub(super) fn model(reply: &mut Reply, value: &[u8]) {
    if reply.model.is_none() {
        reply.set_model(text(value).as_deref());
    }
}

pub(super) fn item_index(reply: &mut Reply, value: &[u8]) {
    reply.item.index = integer(value).and_then(|index| u32::try_from(index).ok());
}

pub(super) fn item_finish_reason(reply: &mut Reply, value: &[u8]) {
    if let Some(reason) = word(value) {
        reply.item.finish_reason = Some(reason);
    }
}

pub(super) fn item_kind(reply: &mut Reply, value: &[u8]) {
    set(&mut reply.item.kind, text(value).as_deref());
}

pub(super) fn begin_item(reply: &mut Reply) {
    reply.item = crate::stream::Item::default();
}

/// Why the one choice ended.
pub(super) fn finish_reason(reply: &mut Reply, value: &[u8]) {
    if let Some(reason) = text(value) {
        reply.choice(0, Some(&reason));
    }
}

/// The same, from providers that shout.
pub(super) fn finish_reason_in_capitals(reply: &mut Reply, value: &[u8]) {
    let reason = text(value).map(|reason| reason.to_ascii_lowercase());
    set_word(&mut reply.item.finish_reason, reason.as_deref());
}

pub(super) fn failed(reply: &mut Reply) {
    reply.failed(None);
}

/// A code may be a number, and is recorded in one form whatever the provider's is.
pub(super) fn error_class(reply: &mut Reply, value: &[u8]) {
    let class = text(value).map(|code| Cow::Owned(snake_case(&code))).or_else(|| digits(value));
    reply.failed(class.as_deref());
}

/// An error that is a text: it isn't recorded, only that there was one.
pub(super) fn error_text(reply: &mut Reply, value: &[u8]) {
    if text(value).is_some() {
        reply.failed(None);
    }
}

/// An error object with a `code` and a `type`, or a text.
pub(super) const ERROR: Node<Reply> = Node::object(&[
    ("code", Node::scalar(error_class)),
    ("type", Node::scalar(error_class)),
    ("status", Node::scalar(error_class)),
])
.on_open(failed)
.or_scalar(error_text);

/// No parameter that is chosen from a few has a longer name.
const LONGEST_CHOICE: usize = 64;

/// Picks a parameter into a field of its type.
macro_rules! parameter {
    ($($name:ident: $field:ident = $read:expr;)*) => {
        $(pub(super) fn $name(parameters: &mut RequestParameters, value: &[u8]) {
            parameters.$field = $read(value);
        })*
    };
}

fn name(value: &[u8]) -> Option<String> {
    let mut name = None;
    set(&mut name, text(value).as_deref());
    name
}

/// One of a few words, numbers or proportions, as `high`, `720p`, `16:9`. Whatever else stands in its place
/// may be anything, and is not recorded.
fn choice(value: &[u8]) -> Option<String> {
    let is_plain = |sign: char| {
        sign.is_ascii_alphanumeric() || matches!(sign, '.' | '_' | ':' | '-' | '/' | '*')
    };
    let plain =
        text(value).filter(|word| word.len() <= LONGEST_CHOICE && word.chars().all(is_plain));
    plain.map(Cow::into_owned)
}

parameter! {
    request_model: model = name;
    stream: stream = is_true;
    max_tokens: max_tokens = integer;
    temperature: temperature = float;
    top_p: top_p = float;
    top_k: top_k = integer;
    frequency_penalty: frequency_penalty = float;
    presence_penalty: presence_penalty = float;
    choice_count: choice_count = integer;
    seed: seed = integer;
    reasoning_level: reasoning_level = choice;
    service_tier: service_tier = choice;
    conversation_id: conversation_id = name;
    previous_response_id: previous_response_id = name;
    guardrail_id: guardrail_id = name;
    image_size: image_size = choice;
    image_quality: image_quality = choice;
    resolution: resolution = choice;
    steps: steps = integer;
    dimensions: embedding_dimensions = integer;
}

fn encoding_format(parameters: &mut RequestParameters, value: &[u8]) {
    parameters.add_encoding_format(choice(value));
}

static ENCODING_FORMAT: Node<RequestParameters> = Node::scalar(encoding_format);

/// One format of embeddings, or a list of them.
pub(super) const ENCODING_FORMATS: Node<RequestParameters> =
    Node::list(&ENCODING_FORMAT).or_scalar(encoding_format);

/// How long a video or a sound is to be; some send the number as a text.
pub(super) fn duration(parameters: &mut RequestParameters, value: &[u8]) {
    parameters.duration_seconds = crate::stream::value::decimal(value);
}

pub(super) fn width(parameters: &mut RequestParameters, value: &[u8]) {
    parameters.width = integer(value);
}

pub(super) fn height(parameters: &mut RequestParameters, value: &[u8]) {
    parameters.height = integer(value);
}

/// Counts the characters of a text that is billed by them.
pub(super) fn input_characters(parameters: &mut RequestParameters, value: &[u8]) {
    parameters.input_characters = text(value).map(|text| text.chars().count() as u64);
}

pub(super) fn stop_sequence(parameters: &mut RequestParameters, value: &[u8]) {
    parameters.add_stop_sequence(text(value).as_deref());
}

static STOP_SEQUENCE: Node<RequestParameters> = Node::scalar(stop_sequence);

/// One sequence, or a list of them.
pub(super) const STOP: Node<RequestParameters> =
    Node::list(&STOP_SEQUENCE).or_scalar(stop_sequence);
