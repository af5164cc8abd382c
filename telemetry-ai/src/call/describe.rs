//! Usage and cost as attributes of the span.

use rust_decimal::prelude::ToPrimitive;
use telemetry_core::{Span, semconv::gen_ai};

use crate::{AiCost, CostSource, UnpricedReason, Usage, names};

pub(super) fn usage(span: &mut Span, usage: &Usage) {
    span.set(gen_ai::USAGE_INPUT_TOKENS, usage.input_tokens);
    span.set(gen_ai::USAGE_CACHE_READ_INPUT_TOKENS, usage.cache_read_input_tokens);
    span.set(gen_ai::USAGE_CACHE_WRITE_INPUT_TOKENS, usage.cache_write_input_tokens);
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
    span.set(names::COST_MODEL, cost.priced_as());
}
