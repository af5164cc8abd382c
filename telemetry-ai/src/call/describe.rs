//! Usage and cost as attributes of the span.

use rust_decimal::prelude::ToPrimitive;
use telemetry_core::{Span, semconv::gen_ai};

use super::about::About;
use crate::{
    AiCost, Conventions, CostSource, Operation, Provider, Sparse, UnpricedReason, Usage, names,
    stream::Job,
};

/// Sets an attribute of a span, if there is a value: most calls have few of all that a call may have. The
/// key is made ready when the program is built.
macro_rules! say {
    ($span:expr, $key:expr, $value:expr $(,)?) => {{
        static KEY: [telemetry_core::Key; 1] = [telemetry_core::Key::new($key)];
        match telemetry_core::Value::from($value) {
            telemetry_core::Value::Empty => {}
            value => $span.set_all(&KEY, &[value]),
        }
    }};
}

pub(super) use say;

/// What the request asks for.
pub(super) fn request(span: &mut Span, about: &About) {
    let About { operation, provider, request: asked, .. } = about;
    say!(span, gen_ai::REQUEST_STREAM, asked.stream.then_some(true));
    say!(span, gen_ai::REQUEST_MAX_TOKENS, asked.max_tokens);
    say!(span, gen_ai::REQUEST_TEMPERATURE, asked.temperature);
    say!(span, gen_ai::REQUEST_TOP_P, asked.top_p);
    say!(span, gen_ai::REQUEST_TOP_K, asked.top_k);
    say!(span, gen_ai::REQUEST_FREQUENCY_PENALTY, asked.frequency_penalty);
    say!(span, gen_ai::REQUEST_PRESENCE_PENALTY, asked.presence_penalty);
    say!(span, gen_ai::REQUEST_CHOICE_COUNT, asked.choice_count.filter(|&count| count != 1));
    say!(span, gen_ai::REQUEST_SEED, asked.seed);
    say!(span, gen_ai::REQUEST_REASONING_LEVEL, asked.reasoning_level.as_deref());
    say!(span, gen_ai::OUTPUT_TYPE, asked.output_type);
    if !asked.stop_sequences.is_empty() {
        let stops: Vec<&str> = asked.stop_sequences.iter().map(String::as_str).collect();
        say!(span, gen_ai::REQUEST_STOP_SEQUENCES, stops.as_slice());
    }
    say!(span, names::EMBEDDING_DIMENSIONS, asked.embedding_dimensions);
    say!(span, names::REQUEST_IMAGE_SIZE, asked.size().as_deref());
    say!(span, names::REQUEST_IMAGE_QUALITY, asked.image_quality.as_deref());
    say!(span, names::REQUEST_RESOLUTION, asked.resolution.as_deref());
    say!(span, names::REQUEST_STEPS, asked.steps);
    let seconds = asked.duration_seconds.and_then(|seconds| seconds.to_f64());
    say!(span, names::REQUEST_DURATION, seconds);
    if *provider == Provider::OPENAI {
        if *operation == Operation::CHAT {
            say!(span, names::OPENAI_API_TYPE, asked.interface.unwrap_or("chat_completions"));
        }
        let tier = asked.service_tier.as_deref().filter(|&tier| tier != "auto");
        say!(span, names::OPENAI_REQUEST_SERVICE_TIER, tier);
    }
}

/// When a job waited and ran.
pub(super) fn job(span: &mut Span, job: &Sparse<Job>) {
    let Some(job) = job.as_set() else {
        return;
    };
    let seconds = |time: Option<rust_decimal::Decimal>| time.and_then(|time| time.to_f64());
    say!(span, names::JOB_QUEUE_DURATION, seconds(job.queued()));
    say!(span, names::JOB_RUN_DURATION, seconds(job.ran()));
}

pub(super) fn usage(span: &mut Span, usage: &Usage, conventions: Conventions) {
    if conventions.older() {
        say!(span, names::USAGE_CACHE_CREATION_INPUT_TOKENS, usage.cache_write_input_tokens);
    }
    if conventions.latest() {
        say!(span, gen_ai::USAGE_CACHE_WRITE_INPUT_TOKENS, usage.cache_write_input_tokens);
    }
    for (unit, amount) in usage.unit_amounts() {
        span.set(&format!("{}.{unit}", names::USAGE_UNITS), amount.to_f64());
    }
    say!(span, gen_ai::USAGE_INPUT_TOKENS, usage.input_tokens);
    say!(span, gen_ai::USAGE_CACHE_READ_INPUT_TOKENS, usage.cache_read_input_tokens);
    say!(span, gen_ai::USAGE_TEXT_INPUT_TOKENS, usage.input.text);
    say!(span, gen_ai::USAGE_IMAGE_INPUT_TOKENS, usage.input.image);
    say!(span, gen_ai::USAGE_AUDIO_INPUT_TOKENS, usage.input.audio);
    say!(span, gen_ai::USAGE_TEXT_CACHE_READ_INPUT_TOKENS, usage.cache_read.text);
    say!(span, gen_ai::USAGE_IMAGE_CACHE_READ_INPUT_TOKENS, usage.cache_read.image);
    say!(span, gen_ai::USAGE_AUDIO_CACHE_READ_INPUT_TOKENS, usage.cache_read.audio);
    say!(span, gen_ai::USAGE_OUTPUT_TOKENS, usage.output_tokens);
    say!(span, gen_ai::USAGE_REASONING_OUTPUT_TOKENS, usage.reasoning_output_tokens);
    say!(span, gen_ai::USAGE_TEXT_OUTPUT_TOKENS, usage.output.text);
    say!(span, gen_ai::USAGE_IMAGE_OUTPUT_TOKENS, usage.output.image);
    say!(span, gen_ai::USAGE_AUDIO_OUTPUT_TOKENS, usage.output.audio);
}

pub(super) fn cost(span: &mut Span, cost: &AiCost) {
    let Some(dollars) = cost.amount().and_then(|amount| amount.to_f64()) else {
        if cost.unpriced_reason() != Some(UnpricedReason::Failed) {
            say!(span, names::COST_STATUS, cost.status().as_str());
            say!(span, names::UNPRICED_REASON, cost.unpriced_reason().map(UnpricedReason::as_str));
        }
        return;
    };
    say!(span, gen_ai::USAGE_COST_AMOUNT, dollars);
    say!(span, gen_ai::USAGE_COST_CURRENCY, cost.currency());
    say!(span, gen_ai::USAGE_COST_SOURCE, cost.source().map(CostSource::as_str));
    say!(span, names::COST_STATUS, cost.status().as_str());
    say!(span, names::COST_TABLE, cost.table());
    say!(span, names::CACHE_SAVINGS, cost.cache_savings().and_then(|saved| saved.to_f64()));
    say!(span, names::COST_MODEL, cost.priced_as());
}
