//! Usage and cost as attributes of the span.

use rust_decimal::prelude::ToPrimitive;
use telemetry_core::{Key, Span, Value, semconv::gen_ai};

use super::{about::About, describe};
use crate::{
    AiCost, Conventions, CostSource, Modalities, Operation, Provider, RequestParameters, Sparse,
    UnpricedReason, Usage, names, stream::Job,
};

/// Sets those attributes of a span that have a value: most calls have few of all that a call may have. The
/// keys are made ready when the program is built.
macro_rules! say {
    ($span:expr, $($key:expr => $value:expr),+ $(,)?) => {{
        static KEYS: [telemetry_core::Key; [$($key),+].len()] = [$(telemetry_core::Key::new($key)),+];
        describe::set_present($span, &KEYS, &[$(telemetry_core::Value::from($value)),+]);
    }};
}

pub(super) use say;

/// Sets what isn't empty, in as few runs as there are: what most calls have best stands together.
pub(super) fn set_present(span: &mut Span, mut keys: &[Key], mut values: &[Value<'_>]) {
    let is_empty = |value: &Value<'_>| matches!(value, Value::Empty);
    while let Some(start) = values.iter().position(|value| !is_empty(value)) {
        let length = values[start..].iter().take_while(|value| !is_empty(value)).count();
        let end = start + length;
        span.set_all(&keys[start..end], &values[start..end]);
        (keys, values) = (&keys[end..], &values[end..]);
    }
}

/// What the request asks for.
pub(super) fn request(span: &mut Span, about: &About) {
    let About { operation, provider, request: asked, .. } = about;
    let of_openai = *provider == Provider::OPENAI;
    let is_chat = of_openai && *operation == Operation::CHAT;
    say!(
        span,
        gen_ai::REQUEST_STREAM => asked.stream.then_some(true),
        names::OPENAI_API_TYPE => is_chat.then(|| asked.interface.unwrap_or("chat_completions")),
        gen_ai::REQUEST_MAX_TOKENS => asked.max_tokens,
        gen_ai::REQUEST_TEMPERATURE => asked.temperature,
    );
    // Most requests have nothing of the one, and none of the other.
    let tier = asked.service_tier.as_deref().filter(|&tier| of_openai && tier != "auto");
    if asked.is_steered() || tier.is_some() {
        steering(span, asked, tier);
    }
    if asked.is_of_media() {
        media(span, asked);
    }
}

fn steering(span: &mut Span, asked: &RequestParameters, tier: Option<&str>) {
    let stops: Vec<&str> = asked.stop_sequences.iter().map(String::as_str).collect();
    say!(
        span,
        gen_ai::REQUEST_TOP_P => asked.top_p,
        gen_ai::REQUEST_TOP_K => asked.top_k,
        gen_ai::REQUEST_FREQUENCY_PENALTY => asked.frequency_penalty,
        gen_ai::REQUEST_PRESENCE_PENALTY => asked.presence_penalty,
        gen_ai::REQUEST_CHOICE_COUNT => asked.choice_count.filter(|&count| count != 1),
        gen_ai::REQUEST_SEED => asked.seed,
        gen_ai::REQUEST_REASONING_LEVEL => asked.reasoning_level.as_deref(),
        gen_ai::OUTPUT_TYPE => asked.output_type,
        gen_ai::REQUEST_STOP_SEQUENCES => (!stops.is_empty()).then_some(stops.as_slice()),
        names::OPENAI_REQUEST_SERVICE_TIER => tier,
    );
    if asked.refers() {
        say!(
            span,
            gen_ai::CONVERSATION_ID => asked.conversation_id.as_deref(),
            names::REQUEST_PREVIOUS_RESPONSE_ID => asked.previous_response_id.as_deref(),
            names::AWS_BEDROCK_GUARDRAIL_ID => asked.guardrail_id.as_deref(),
        );
    }
}

fn media(span: &mut Span, asked: &RequestParameters) {
    let seconds = asked.duration_seconds.and_then(|seconds| seconds.to_f64());
    let formats: Vec<&str> = asked.encoding_formats.iter().map(String::as_str).collect();
    say!(
        span,
        names::EMBEDDING_DIMENSIONS => asked.embedding_dimensions,
        names::REQUEST_ENCODING_FORMATS => (!formats.is_empty()).then_some(formats.as_slice()),
        names::REQUEST_IMAGE_SIZE => asked.size().as_deref(),
        names::REQUEST_IMAGE_QUALITY => asked.image_quality.as_deref(),
        names::REQUEST_RESOLUTION => asked.resolution.as_deref(),
        names::REQUEST_STEPS => asked.steps,
        names::REQUEST_DURATION => seconds,
    );
}

/// When a job waited and ran.
pub(super) fn job(span: &mut Span, job: &Sparse<Job>) {
    let Some(job) = job.as_set() else {
        return;
    };
    let seconds = |time: Option<rust_decimal::Decimal>| time.and_then(|time| time.to_f64());
    say!(
        span,
        names::JOB_QUEUE_DURATION => seconds(job.queued()),
        names::JOB_RUN_DURATION => seconds(job.ran()),
    );
}

pub(super) fn usage(span: &mut Span, usage: &Usage, conventions: Conventions) {
    if usage.has_units() {
        for (unit, amount) in usage.unit_amounts() {
            span.set(&format!("{}.{unit}", names::USAGE_UNITS), amount.to_f64());
        }
    }
    let written = usage.cache_write_input_tokens;
    say!(
        span,
        gen_ai::USAGE_INPUT_TOKENS => usage.input_tokens,
        gen_ai::USAGE_OUTPUT_TOKENS => usage.output_tokens,
        gen_ai::USAGE_CACHE_READ_INPUT_TOKENS => usage.cache_read_input_tokens,
        gen_ai::USAGE_REASONING_OUTPUT_TOKENS => usage.reasoning_output_tokens,
        gen_ai::USAGE_CACHE_WRITE_INPUT_TOKENS => written.filter(|_| conventions.latest()),
        names::USAGE_CACHE_CREATION_INPUT_TOKENS => written.filter(|_| conventions.older()),
    );
    let (input, cached, output) =
        (usage.input.used(), usage.cache_read.used(), usage.output.used());
    if [input, cached, output].iter().all(Modalities::is_empty) {
        return;
    }
    say!(
        span,
        gen_ai::USAGE_AUDIO_INPUT_TOKENS => input.audio,
        gen_ai::USAGE_AUDIO_OUTPUT_TOKENS => output.audio,
        gen_ai::USAGE_TEXT_INPUT_TOKENS => input.text,
        gen_ai::USAGE_TEXT_OUTPUT_TOKENS => output.text,
        gen_ai::USAGE_IMAGE_INPUT_TOKENS => input.image,
        gen_ai::USAGE_IMAGE_OUTPUT_TOKENS => output.image,
        gen_ai::USAGE_TEXT_CACHE_READ_INPUT_TOKENS => cached.text,
        gen_ai::USAGE_IMAGE_CACHE_READ_INPUT_TOKENS => cached.image,
        gen_ai::USAGE_AUDIO_CACHE_READ_INPUT_TOKENS => cached.audio,
    );
}

/// What it cost; `dollars` and `saved` are the amounts in binary.
pub(super) fn cost(span: &mut Span, cost: &AiCost, dollars: Option<f64>, saved: Option<f64>) {
    let Some(dollars) = dollars else {
        if cost.unpriced_reason() != Some(UnpricedReason::Failed) {
            say!(
                span,
                names::COST_STATUS => cost.status().as_str(),
                names::UNPRICED_REASON => cost.unpriced_reason().map(UnpricedReason::as_str),
            );
        }
        return;
    };
    say!(
        span,
        gen_ai::USAGE_COST_AMOUNT => dollars,
        gen_ai::USAGE_COST_CURRENCY => cost.currency(),
        names::COST_MODEL => cost.priced_as(),
        names::CACHE_SAVINGS => saved,
        gen_ai::USAGE_COST_SOURCE => cost.source().map(CostSource::as_str),
        names::COST_STATUS => cost.status().as_str(),
        names::COST_TABLE => cost.table(),
    );
}
