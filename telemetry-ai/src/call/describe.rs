//! Usage and cost as attributes of the span.

use rust_decimal::prelude::ToPrimitive;
use telemetry_core::{Span, Value, semconv::gen_ai};

use crate::{
    AiCost, Conventions, CostSource, Operation, Provider, RequestParameters, UnpricedReason, Usage,
    names, stream::Job,
};

/// Says what there is to say.
pub(super) trait Say {
    /// Sets the attribute, if there is a value: most calls have few of all that a call may have, and
    /// to set an empty one would be to look for what it should replace.
    fn say<'v>(&mut self, key: &str, value: impl Into<Value<'v>>);
}

impl Say for Span {
    fn say<'v>(&mut self, key: &str, value: impl Into<Value<'v>>) {
        let value = value.into();
        if !matches!(value, Value::Empty) {
            self.set(key, value);
        }
    }
}

/// What the request asks for.
pub(super) fn request(
    span: &mut Span,
    operation: &Operation,
    provider: &Provider,
    asked: &RequestParameters,
) {
    span.say(gen_ai::REQUEST_STREAM, asked.stream.then_some(true));
    span.say(gen_ai::REQUEST_MAX_TOKENS, asked.max_tokens);
    span.say(gen_ai::REQUEST_TEMPERATURE, asked.temperature);
    span.say(gen_ai::REQUEST_TOP_P, asked.top_p);
    span.say(gen_ai::REQUEST_TOP_K, asked.top_k);
    span.say(gen_ai::REQUEST_FREQUENCY_PENALTY, asked.frequency_penalty);
    span.say(gen_ai::REQUEST_PRESENCE_PENALTY, asked.presence_penalty);
    span.say(gen_ai::REQUEST_CHOICE_COUNT, asked.choice_count.filter(|&count| count != 1));
    span.say(gen_ai::REQUEST_SEED, asked.seed);
    span.say(gen_ai::REQUEST_REASONING_LEVEL, asked.reasoning_level.as_deref());
    span.say(gen_ai::OUTPUT_TYPE, asked.output_type);
    if !asked.stop_sequences.is_empty() {
        let stops: Vec<&str> = asked.stop_sequences.iter().map(String::as_str).collect();
        span.say(gen_ai::REQUEST_STOP_SEQUENCES, stops.as_slice());
    }
    span.say(names::EMBEDDING_DIMENSIONS, asked.embedding_dimensions);
    span.say(names::REQUEST_IMAGE_SIZE, asked.size().as_deref());
    span.say(names::REQUEST_IMAGE_QUALITY, asked.image_quality.as_deref());
    span.say(names::REQUEST_RESOLUTION, asked.resolution.as_deref());
    span.say(names::REQUEST_STEPS, asked.steps);
    let seconds = asked.duration_seconds.and_then(|seconds| seconds.to_f64());
    span.say(names::REQUEST_DURATION, seconds);
    if *provider == Provider::OPENAI {
        if *operation == Operation::CHAT {
            span.say(names::OPENAI_API_TYPE, asked.interface.unwrap_or("chat_completions"));
        }
        let tier = asked.service_tier.as_deref().filter(|&tier| tier != "auto");
        span.say(names::OPENAI_REQUEST_SERVICE_TIER, tier);
    }
}

/// When a job waited and ran.
pub(super) fn job(span: &mut Span, job: &Job) {
    let seconds = |time: Option<rust_decimal::Decimal>| time.and_then(|time| time.to_f64());
    span.say(names::JOB_QUEUE_DURATION, seconds(job.queued()));
    span.say(names::JOB_RUN_DURATION, seconds(job.ran()));
}

pub(super) fn usage(span: &mut Span, usage: &Usage, conventions: Conventions) {
    if conventions.older() {
        span.say(names::USAGE_CACHE_CREATION_INPUT_TOKENS, usage.cache_write_input_tokens);
    }
    if conventions.latest() {
        span.say(gen_ai::USAGE_CACHE_WRITE_INPUT_TOKENS, usage.cache_write_input_tokens);
    }
    for (unit, amount) in usage.unit_amounts() {
        span.say(&format!("{}.{unit}", names::USAGE_UNITS), amount.to_f64());
    }
    span.say(gen_ai::USAGE_INPUT_TOKENS, usage.input_tokens);
    span.say(gen_ai::USAGE_CACHE_READ_INPUT_TOKENS, usage.cache_read_input_tokens);
    span.say(gen_ai::USAGE_TEXT_INPUT_TOKENS, usage.input.text);
    span.say(gen_ai::USAGE_IMAGE_INPUT_TOKENS, usage.input.image);
    span.say(gen_ai::USAGE_AUDIO_INPUT_TOKENS, usage.input.audio);
    span.say(gen_ai::USAGE_TEXT_CACHE_READ_INPUT_TOKENS, usage.cache_read.text);
    span.say(gen_ai::USAGE_IMAGE_CACHE_READ_INPUT_TOKENS, usage.cache_read.image);
    span.say(gen_ai::USAGE_AUDIO_CACHE_READ_INPUT_TOKENS, usage.cache_read.audio);
    span.say(gen_ai::USAGE_OUTPUT_TOKENS, usage.output_tokens);
    span.say(gen_ai::USAGE_REASONING_OUTPUT_TOKENS, usage.reasoning_output_tokens);
    span.say(gen_ai::USAGE_TEXT_OUTPUT_TOKENS, usage.output.text);
    span.say(gen_ai::USAGE_IMAGE_OUTPUT_TOKENS, usage.output.image);
    span.say(gen_ai::USAGE_AUDIO_OUTPUT_TOKENS, usage.output.audio);
}

pub(super) fn cost(span: &mut Span, cost: &AiCost) {
    let Some(dollars) = cost.amount().and_then(|amount| amount.to_f64()) else {
        if cost.unpriced_reason() != Some(UnpricedReason::Failed) {
            span.say(names::COST_STATUS, cost.status().as_str());
            span.say(names::UNPRICED_REASON, cost.unpriced_reason().map(UnpricedReason::as_str));
        }
        return;
    };
    span.say(gen_ai::USAGE_COST_AMOUNT, dollars);
    span.say(gen_ai::USAGE_COST_CURRENCY, cost.currency());
    span.say(gen_ai::USAGE_COST_SOURCE, cost.source().map(CostSource::as_str));
    span.say(names::COST_STATUS, cost.status().as_str());
    span.say(names::COST_TABLE, cost.table());
    span.say(names::CACHE_SAVINGS, cost.cache_savings().and_then(|saved| saved.to_f64()));
    span.say(names::COST_MODEL, cost.priced_as());
}
