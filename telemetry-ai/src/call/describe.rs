//! Usage and cost as attributes of the span.

use rust_decimal::prelude::ToPrimitive;
use telemetry_core::{Span, semconv::gen_ai};

use crate::{
    AiCost, Conventions, CostSource, Operation, Provider, RequestParameters, UnpricedReason, Usage,
    names, stream::Job,
};

/// What the request asks for.
pub(super) fn request(
    span: &mut Span,
    operation: &Operation,
    provider: &Provider,
    asked: &RequestParameters,
) {
    span.set(gen_ai::REQUEST_STREAM, asked.stream.then_some(true));
    span.set(gen_ai::REQUEST_MAX_TOKENS, asked.max_tokens);
    span.set(gen_ai::REQUEST_TEMPERATURE, asked.temperature);
    span.set(gen_ai::REQUEST_TOP_P, asked.top_p);
    span.set(gen_ai::REQUEST_TOP_K, asked.top_k);
    span.set(gen_ai::REQUEST_FREQUENCY_PENALTY, asked.frequency_penalty);
    span.set(gen_ai::REQUEST_PRESENCE_PENALTY, asked.presence_penalty);
    span.set(gen_ai::REQUEST_CHOICE_COUNT, asked.choice_count.filter(|&count| count != 1));
    span.set(gen_ai::REQUEST_SEED, asked.seed);
    span.set(gen_ai::REQUEST_REASONING_LEVEL, asked.reasoning_level.as_deref());
    span.set(gen_ai::OUTPUT_TYPE, asked.output_type);
    if !asked.stop_sequences.is_empty() {
        let stops: Vec<&str> = asked.stop_sequences.iter().map(String::as_str).collect();
        span.set(gen_ai::REQUEST_STOP_SEQUENCES, stops.as_slice());
    }
    span.set(names::EMBEDDING_DIMENSIONS, asked.embedding_dimensions);
    span.set(names::REQUEST_IMAGE_SIZE, asked.size().as_deref());
    span.set(names::REQUEST_IMAGE_QUALITY, asked.image_quality.as_deref());
    span.set(names::REQUEST_RESOLUTION, asked.resolution.as_deref());
    span.set(names::REQUEST_STEPS, asked.steps);
    let seconds = asked.duration_seconds.and_then(|seconds| seconds.to_f64());
    span.set(names::REQUEST_DURATION, seconds);
    if *provider == Provider::OPENAI {
        if *operation == Operation::CHAT {
            span.set(names::OPENAI_API_TYPE, asked.interface.unwrap_or("chat_completions"));
        }
        let tier = asked.service_tier.as_deref().filter(|&tier| tier != "auto");
        span.set(names::OPENAI_REQUEST_SERVICE_TIER, tier);
    }
}

/// When a job waited and ran.
pub(super) fn job(span: &mut Span, job: &Job) {
    let seconds = |time: Option<rust_decimal::Decimal>| time.and_then(|time| time.to_f64());
    span.set(names::JOB_QUEUE_DURATION, seconds(job.queued()));
    span.set(names::JOB_RUN_DURATION, seconds(job.ran()));
}

pub(super) fn usage(span: &mut Span, usage: &Usage, conventions: Conventions) {
    if conventions.older() {
        span.set(names::USAGE_CACHE_CREATION_INPUT_TOKENS, usage.cache_write_input_tokens);
    }
    if conventions.latest() {
        span.set(gen_ai::USAGE_CACHE_WRITE_INPUT_TOKENS, usage.cache_write_input_tokens);
    }
    for (unit, amount) in usage.unit_amounts() {
        span.set(&format!("{}.{unit}", names::USAGE_UNITS), amount.to_f64());
    }
    span.set(gen_ai::USAGE_INPUT_TOKENS, usage.input_tokens);
    span.set(gen_ai::USAGE_CACHE_READ_INPUT_TOKENS, usage.cache_read_input_tokens);
    span.set(gen_ai::USAGE_TEXT_INPUT_TOKENS, usage.input.text);
    span.set(gen_ai::USAGE_IMAGE_INPUT_TOKENS, usage.input.image);
    span.set(gen_ai::USAGE_AUDIO_INPUT_TOKENS, usage.input.audio);
    span.set(gen_ai::USAGE_TEXT_CACHE_READ_INPUT_TOKENS, usage.cache_read.text);
    span.set(gen_ai::USAGE_IMAGE_CACHE_READ_INPUT_TOKENS, usage.cache_read.image);
    span.set(gen_ai::USAGE_AUDIO_CACHE_READ_INPUT_TOKENS, usage.cache_read.audio);
    span.set(gen_ai::USAGE_OUTPUT_TOKENS, usage.output_tokens);
    span.set(gen_ai::USAGE_REASONING_OUTPUT_TOKENS, usage.reasoning_output_tokens);
    span.set(gen_ai::USAGE_TEXT_OUTPUT_TOKENS, usage.output.text);
    span.set(gen_ai::USAGE_IMAGE_OUTPUT_TOKENS, usage.output.image);
    span.set(gen_ai::USAGE_AUDIO_OUTPUT_TOKENS, usage.output.audio);
}

pub(super) fn cost(span: &mut Span, cost: &AiCost) {
    let Some(dollars) = cost.amount().and_then(|amount| amount.to_f64()) else {
        if cost.unpriced_reason() != Some(UnpricedReason::Failed) {
            span.set(names::COST_STATUS, cost.status().as_str());
            span.set(names::UNPRICED_REASON, cost.unpriced_reason().map(UnpricedReason::as_str));
        }
        return;
    };
    span.set(gen_ai::USAGE_COST_AMOUNT, dollars);
    span.set(gen_ai::USAGE_COST_CURRENCY, cost.currency());
    span.set(gen_ai::USAGE_COST_SOURCE, cost.source().map(CostSource::as_str));
    span.set(names::COST_STATUS, cost.status().as_str());
    span.set(names::COST_TABLE, cost.table());
    span.set(names::CACHE_SAVINGS, cost.cache_savings().and_then(|saved| saved.to_f64()));
    span.set(names::COST_MODEL, cost.priced_as());
}
