//! Google's models: the Gemini API and Vertex AI.

use rust_decimal::Decimal;
use serde::Deserialize;

use super::{
    anthropic, gemini_interactions, openai, picks,
    protocol::{Protocol, RequestLine, Target},
};
use crate::{
    Operation, RequestParameters, Usage,
    stream::{
        JobState, Node, Reply, set_word,
        value::{count, is_true, text},
    },
    usage::{Count, Word},
};

/// The Gemini API, of AI Studio.
#[derive(Debug)]
pub(crate) struct Gemini;

/// Vertex AI, whose paths name project, location and publisher.
#[derive(Debug)]
pub(crate) struct Vertex;

impl Protocol for Gemini {
    fn recognise(&self, request: &RequestLine<'_>) -> Option<Target> {
        if let Some(interaction) = gemini_interactions::recognise(request) {
            return Some(interaction);
        }
        if let Some((_, operation)) = request.path.rsplit_once("/operations/") {
            let target = || Target::new(Operation::GENERATE_VIDEO, &Gemini, &REQUEST, &OPERATION);
            return (request.is_get() && !operation.is_empty()).then(|| target().poll(operation));
        }
        let compatible = request.path.contains("/openai/") || request.path.contains("/openapi/");
        match request.path.rsplit_once("/models/").and_then(|(_, rest)| rest.rsplit_once(':')) {
            Some((model, method)) if request.is_post() => {
                let target = method_target(method, model)?;
                Some(target.model(Some(model.split('/').next().unwrap_or(model))))
            }
            _ if compatible => openai::OpenAi.recognise(request),
            _ => None,
        }
    }

    fn declared(&self, operation: &Operation) -> Target {
        Target::new(operation.clone(), &Gemini, &REQUEST, &RESPONSE)
    }

    fn settle(&self, _: &Operation, asked: &RequestParameters, reply: &mut Reply) {
        // Videos are billed by the second, of which the answer says nothing.
        let Some(usage) = &mut reply.usage else { return };
        let (Some(videos), Some(seconds)) = (usage.units.output_videos, asked.duration_seconds)
        else {
            return;
        };
        usage.units.output_video_seconds = Decimal::from(videos).checked_mul(seconds);
        if usage.terms.resolution.is_none() {
            usage.terms.resolution.clone_from(&asked.resolution);
        }
    }
}

impl Protocol for Vertex {
    fn recognise(&self, request: &RequestLine<'_>) -> Option<Target> {
        let target = match request.segment_after("/publishers/") {
            Some("google") | None => Gemini.recognise(request)?,
            Some(publisher) => of_partner(request, publisher)?,
        };
        Some(target.geography(request.segment_after("/locations/")))
    }

    fn declared(&self, operation: &Operation) -> Target {
        Gemini.declared(operation)
    }
}

/// Others' models are spoken to in their makers' words, which are OpenAI's for all but Anthropic's.
fn of_partner(request: &RequestLine<'_>, publisher: &str) -> Option<Target> {
    let (model, method) = request.segment_after("/models/")?.rsplit_once(':')?;
    if !request.is_post() || !matches!(method, "rawPredict" | "streamRawPredict") {
        return None;
    }
    let chat = &Operation::CHAT;
    let target = if publisher == "anthropic" {
        anthropic::Anthropic.declared(chat)
    } else {
        openai::OpenAi.declared(chat)
    };
    Some(target.model(Some(model)).streamed(method == "streamRawPredict"))
}

fn method_target(method: &str, model: &str) -> Option<Target> {
    let of = |operation, response| Target::new(operation, &Gemini, &REQUEST, response);
    Some(match method {
        "generateContent" => of(Operation::GENERATE_CONTENT, &RESPONSE),
        "streamGenerateContent" => of(Operation::GENERATE_CONTENT, &RESPONSE).streamed(true),
        "embedContent" | "batchEmbedContents" => of(Operation::EMBEDDINGS, &PREDICTIONS),
        "predict" if model.contains("embedding") || model.contains("gecko") => {
            of(Operation::EMBEDDINGS, &PREDICTIONS)
        }
        "predict" => of(Operation::GENERATE_IMAGE, &IMAGES),
        // Which operation it asks after stands in its body.
        "fetchPredictOperation" => of(Operation::GENERATE_VIDEO, &OPERATION).poll(""),
        "predictLongRunning" => of(Operation::GENERATE_VIDEO, &OPERATION),
        _ => return None,
    })
}

/// A response, or a part of a streamed one.
pub(super) static RESPONSE: Node<Reply> = Node::object(&[
    ("responseId", Node::scalar(picks::id)),
    ("modelVersion", Node::scalar(picks::model)),
    ("candidates", Node::list(&CANDIDATE)),
    ("usageMetadata", Node::whole(usage)),
    ("promptFeedback", Node::object(&[("blockReason", Node::scalar(blocked))])),
    ("error", ERROR),
]);

/// Google's `code` repeats the HTTP status; the `status` says what it was.
const ERROR: Node<Reply> =
    Node::object(&[("status", Node::scalar(picks::error_class))]).on_open(picks::failed);

static CANDIDATE: Node<Reply> = Node::object(&[
    ("index", Node::scalar(picks::item_index)),
    ("finishReason", Node::scalar(picks::finish_reason_in_capitals)),
    ("content", Node::object(&[("parts", Node::list(&PART))])),
    (
        "groundingMetadata",
        Node::object(&[("webSearchQueries", Node::list(&QUERY).on_open(begin_queries))]),
    ),
])
.on_open(picks::begin_item)
.on_close(Reply::end_choice);

static PART: Node<Reply> =
    Node::object(&[("inlineData", Node::object(&[("mimeType", Node::scalar(media_type))]))]);

static QUERY: Node<Reply> = Node::scalar(query);

/// Predictions of Vertex's older models.
static PREDICTIONS: Node<Reply> = Node::object(&[
    ("predictions", Node::list(&EMBEDDING)),
    ("usageMetadata", Node::whole(usage)),
    ("error", ERROR),
]);

static EMBEDDING: Node<Reply> = Node::object(&[(
    "embeddings",
    Node::object(&[(
        "statistics",
        Node::object(&[("token_count", Node::scalar(embedded_tokens))]),
    )]),
)]);

static IMAGES: Node<Reply> = Node::object(&[("predictions", Node::list(&IMAGE)), ("error", ERROR)]);

static IMAGE: Node<Reply> = Node::object(&[]).on_close(end_image);

/// A long-running operation.
static OPERATION: Node<Reply> = Node::object(&[
    ("name", Node::scalar(operation_name)),
    ("done", Node::scalar(operation_done)),
    ("error", ERROR),
    (
        "response",
        Node::object(&[
            ("generateVideoResponse", Node::object(&[("generatedSamples", Node::list(&VIDEO))])),
            ("videos", Node::list(&VIDEO)),
        ]),
    ),
]);

#[cfg(feature = "middleware")]
static ASKED_AFTER: Node<Reply> = Node::object(&[("operationName", Node::scalar(operation_name))]);

/// The operation that the body of a request asks after; the tower layer sees no bodies beforehand.
#[cfg(feature = "middleware")]
pub(crate) fn operation_asked_after(body: &[u8]) -> Option<String> {
    let mut reply = Reply::default();
    crate::stream::Scanner::new(&ASKED_AFTER).feed(body, &mut reply);
    reply.id
}

static VIDEO: Node<Reply> = Node::object(&[]).on_close(end_video);

/// The body of a request.
static REQUEST: Node<RequestParameters> = Node::object(&[
    (
        "generationConfig",
        Node::object(&[
            ("maxOutputTokens", Node::scalar(picks::max_tokens)),
            ("temperature", Node::scalar(picks::temperature)),
            ("topP", Node::scalar(picks::top_p)),
            ("topK", Node::scalar(picks::top_k)),
            ("frequencyPenalty", Node::scalar(picks::frequency_penalty)),
            ("presencePenalty", Node::scalar(picks::presence_penalty)),
            ("candidateCount", Node::scalar(picks::choice_count)),
            ("seed", Node::scalar(picks::seed)),
            ("stopSequences", picks::STOP),
            (
                "thinkingConfig",
                Node::object(&[("thinkingLevel", Node::scalar(picks::reasoning_level))]),
            ),
        ]),
    ),
    (
        "parameters",
        Node::object(&[
            ("sampleCount", Node::scalar(picks::choice_count)),
            ("durationSeconds", Node::scalar(picks::duration)),
            ("resolution", Node::scalar(picks::resolution)),
            ("sampleImageSize", Node::scalar(picks::image_size)),
            ("seed", Node::scalar(picks::seed)),
        ]),
    ),
]);

/// A prompt that is refused has no candidate.
fn blocked(reply: &mut Reply, value: &[u8]) {
    if text(value).is_some() {
        reply.choice(0, Some("content_filter"));
    }
}

fn media_type(reply: &mut Reply, value: &[u8]) {
    if text(value).is_some_and(|kind| kind.starts_with("image/")) {
        end_image(reply, 0);
    }
}

/// Grounding repeats its queries in each part of a stream that has them.
fn begin_queries(reply: &mut Reply) {
    reply.usage_mut().tools.web_searches = Some(0);
}

fn query(reply: &mut Reply, _: &[u8]) {
    *reply.usage_mut().tools.web_searches.get_or_insert(0) += 1;
}

fn end_image(reply: &mut Reply, _: u32) {
    *reply.usage_mut().units.output_images.get_or_insert(0) += 1;
}

fn end_video(reply: &mut Reply, _: u32) {
    *reply.usage_mut().units.output_videos.get_or_insert(0) += 1;
}

fn embedded_tokens(reply: &mut Reply, value: &[u8]) {
    let tokens = count(value).unwrap_or(0);
    let input = reply.usage_mut().input_tokens.get_or_insert(0);
    *input = input.saturating_add(tokens);
}

fn operation_name(reply: &mut Reply, value: &[u8]) {
    let name = text(value);
    reply.set_id(name.as_deref().and_then(|name| name.rsplit('/').next()));
    reply.job.state = reply.job.state.or(Some(JobState::Pending));
}

fn operation_done(reply: &mut Reply, value: &[u8]) {
    if is_true(value) {
        reply.job.state = Some(JobState::Succeeded);
    }
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Wire {
    prompt_token_count: Count,
    cached_content_token_count: Count,
    candidates_token_count: Count,
    /// The same, of the Live API.
    response_token_count: Count,
    thoughts_token_count: Count,
    tool_use_prompt_token_count: Count,
    traffic_type: Word,
    prompt_tokens_details: Option<Vec<Part>>,
    cache_tokens_details: Option<Vec<Part>>,
    candidates_tokens_details: Option<Vec<Part>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "camelCase")]
struct Part {
    modality: Word,
    token_count: Count,
}

/// Thoughts stand beside the candidates and a tool's results beside the prompt; the conventions
/// count both within.
fn usage(reply: &mut Reply, value: &[u8]) {
    let Ok(wire) = serde_json::from_slice::<Wire>(value) else {
        return;
    };
    let sum = |first: Option<u64>, second: Option<u64>| match (first, second) {
        (None, None) => None,
        (first, second) => Some(first.unwrap_or(0).saturating_add(second.unwrap_or(0))),
    };
    let candidates = wire.candidates_token_count.0.or(wire.response_token_count.0);
    let mut later = Usage {
        input_tokens: sum(wire.prompt_token_count.0, wire.tool_use_prompt_token_count.0),
        cache_read_input_tokens: wire.cached_content_token_count.0,
        // A prompt that was blocked or whose answer is still thoughts has no candidates.
        output_tokens: sum(candidates, wire.thoughts_token_count.0)
            .or(wire.prompt_token_count.0.map(|_| 0)),
        reasoning_output_tokens: wire.thoughts_token_count.0,
        ..Usage::default()
    };
    split(&mut later.input, wire.prompt_tokens_details);
    split(&mut later.cache_read, wire.cache_tokens_details);
    split(&mut later.output, wire.candidates_tokens_details);
    later.terms.service_tier = wire.traffic_type.0.as_deref().and_then(tier).map(str::to_owned);
    set_word(&mut reply.service_tier, later.terms.service_tier.as_deref());
    reply.usage(Some(later));
}

fn split(modalities: &mut crate::Modalities, parts: Option<Vec<Part>>) {
    for part in parts.unwrap_or_default() {
        let field = match part.modality.0.as_deref() {
            // A document is read as images.
            Some("IMAGE" | "DOCUMENT") => &mut modalities.image,
            Some("AUDIO") => &mut modalities.audio,
            Some("VIDEO") => &mut modalities.video,
            Some("TEXT") => &mut modalities.text,
            _ => continue,
        };
        let tokens = part.token_count.0.unwrap_or(0);
        *field = Some(field.unwrap_or(0).saturating_add(tokens));
    }
}

fn tier(traffic: &str) -> Option<&'static str> {
    match traffic {
        "ON_DEMAND" => Some("standard"),
        "ON_DEMAND_PRIORITY" => Some("priority"),
        "ON_DEMAND_FLEX" => Some("flex"),
        "PROVISIONED_THROUGHPUT" => Some("provisioned"),
        _ => None,
    }
}

#[cfg(test)]
#[path = "gemini_tests.rs"]
mod tests;
