//! OpenAI, and whoever speaks its protocol.

mod chat;
mod jobs;
mod media;
mod responses;

pub(super) use chat::usage;
pub(crate) use chat::{CHAT, CHOICE};

use super::{
    anthropic::Anthropic,
    protocol::{HeaderLookup, Protocol, RequestLine, Target, Wire},
};
use crate::{
    Operation, RequestParameters,
    stream::{Reply, Shape, word},
};

/// OpenAI's paths, wherever a server puts them: the end of the path decides.
#[derive(Debug)]
pub(crate) struct OpenAi;

/// The same, of Azure, whose paths name a deployment.
#[derive(Debug)]
pub(crate) struct Azure;

pub(crate) fn chat_wire() -> Wire {
    Wire { protocol: &OpenAi, request: &chat::REQUEST, response: Shape::of(&CHAT) }
}

fn target(operation: Operation) -> Target {
    let (request, response) = match operation.as_str() {
        "embeddings" => (&media::EMBEDDINGS_REQUEST, &media::EMBEDDINGS),
        "generate_image" => (&media::IMAGE_REQUEST, &media::IMAGES),
        "speech" => (&media::SPEECH_REQUEST, &media::SPEECH),
        "transcribe" => (&media::TRANSCRIPTION_REQUEST, &media::TRANSCRIPTION),
        "generate_video" => (&jobs::VIDEO_REQUEST, &jobs::VIDEO),
        "batch" => (&jobs::BATCH_REQUEST, &jobs::BATCH),
        _ => (&chat::REQUEST, &CHAT),
    };
    Target::new(operation, &OpenAi, request, response)
}

fn responses() -> Target {
    let target = Target::new(Operation::CHAT, &OpenAi, &responses::REQUEST, &responses::RESPONSE);
    Target { interface: Some("responses"), ..target }
}

impl Protocol for OpenAi {
    fn recognise(&self, request: &RequestLine<'_>) -> Option<Target> {
        let path = request.trimmed();
        let ends = |end: &str| path == &end[1..] || path.ends_with(end);
        if request.is_post() {
            return Some(if ends("/chat/completions") {
                target(Operation::CHAT)
            } else if ends("/responses") {
                responses()
            } else if ends("/embeddings") {
                target(Operation::EMBEDDINGS)
            } else if ["/images/generations", "/images/edits", "/images/variations"]
                .into_iter()
                .any(ends)
            {
                target(Operation::GENERATE_IMAGE)
            } else if ends("/audio/speech") {
                target(Operation::SPEECH)
            } else if ends("/audio/transcriptions") || ends("/audio/translations") {
                target(Operation::TRANSCRIBE)
            } else if ["/videos", "/videos/edits", "/videos/extensions"].into_iter().any(ends)
                || (path.ends_with("/remix") && path.contains("/videos/"))
            {
                target(Operation::GENERATE_VIDEO)
            } else if ends("/batches") {
                target(Operation::BATCH)
            } else if ends("/completions") {
                target(Operation::TEXT_COMPLETION)
            } else {
                return job_at(path.strip_suffix("/cancel")?);
            });
        }
        if request.is_get() { job_at(path) } else { None }
    }

    fn declared(&self, operation: &Operation) -> Target {
        target(operation.clone())
    }

    fn headers(&self, headers: HeaderLookup<'_>, reply: &mut Reply) {
        // LiteLLM's proxy states what it has booked.
        let stated = headers("x-litellm-response-cost").map(str::as_bytes);
        if let Some(cost) = stated.and_then(crate::stream::value::decimal) {
            reply.usage_mut().cost = Some(cost).filter(|cost| !cost.is_sign_negative());
        }
    }

    fn settle(&self, operation: &Operation, asked: &RequestParameters, reply: &mut Reply) {
        media::settle(operation, asked, reply);
        jobs::settle(operation, reply);
    }
}

/// The job whose path this is.
fn job_at(path: &str) -> Option<Target> {
    let last = |marker: &str| {
        let (_, id) = path.rsplit_once(marker)?;
        (!id.is_empty() && !id.contains('/')).then_some(id)
    };
    if let Some(id) = last("/videos/") {
        Some(target(Operation::GENERATE_VIDEO).poll(id))
    } else if let Some(id) = last("/batches/") {
        Some(target(Operation::BATCH).poll(id))
    } else {
        last("/responses/").map(|id| responses().poll(id))
    }
}

impl Protocol for Azure {
    fn recognise(&self, request: &RequestLine<'_>) -> Option<Target> {
        // Anthropic's models in Foundry are spoken to as at home.
        if request.path.contains("/anthropic/") {
            return Anthropic.recognise(request);
        }
        let deployment = request.segment_after("/deployments/");
        let mut target = OpenAi.recognise(request)?;
        target.wire.protocol = &Azure;
        Some(target.model(deployment))
    }

    fn declared(&self, operation: &Operation) -> Target {
        OpenAi.declared(operation)
    }

    fn settle(&self, operation: &Operation, asked: &RequestParameters, reply: &mut Reply) {
        OpenAi.settle(operation, asked, reply);
    }
}

/// The tier that served is among the terms too, where prices look for it.
fn service_tier(reply: &mut Reply, value: &[u8]) {
    if let Some(tier) = word(value) {
        reply.service_tier = Some(tier);
    }
}
