//! The `usage` object of the OpenAI wire format and its dialects.

use rust_decimal::Decimal;
use serde_json::value::RawValue;

use super::{CacheWrites, Count, Modalities, Usage, Word};
use crate::stream::value::decimal;

/// Reads a `usage` object. `None` when it isn't one, or says nothing.
///
/// Unknown keys are passed over, and a value of an unexpected type counts as absent, so that one
/// odd field of a compatible provider doesn't lose the rest.
pub(crate) fn parse(json: &[u8]) -> Option<Usage> {
    let wire: Wire<'_> = serde_json::from_slice(json).ok()?;
    let usage = wire.into_usage();
    (!usage.is_empty()).then_some(usage)
}

#[derive(serde::Deserialize)]
struct Wire<'a> {
    #[serde(default)]
    prompt_tokens: Count,
    #[serde(default)]
    completion_tokens: Count,
    /// The same, in the words of the Responses API, of images and of sound.
    #[serde(default)]
    input_tokens: Count,
    #[serde(default)]
    output_tokens: Count,
    #[serde(default)]
    total_tokens: Count,
    #[serde(default)]
    prompt_tokens_details: Option<Details>,
    #[serde(default)]
    completion_tokens_details: Option<Details>,
    #[serde(default)]
    input_tokens_details: Option<Details>,
    #[serde(default)]
    output_tokens_details: Option<Details>,
    /// Transcriptions say `token`.
    #[serde(default)]
    input_token_details: Option<Details>,
    #[serde(default)]
    output_token_details: Option<Details>,
    /// Transcriptions that are billed by their length say so here.
    #[serde(default, rename = "type")]
    kind: Word,
    #[serde(default, borrow)]
    seconds: Option<&'a RawValue>,
    /// DeepSeek states the cached part of the prompt at the top level.
    #[serde(default)]
    prompt_cache_hit_tokens: Count,
    /// Moonshot too, under another name.
    #[serde(default)]
    cached_tokens: Count,
    /// Perplexity counts reasoning and searches at the top level.
    #[serde(default)]
    reasoning_tokens: Count,
    #[serde(default)]
    num_search_queries: Count,
    /// OpenRouter, and whoever follows it, states the charge in US dollars.
    #[serde(default, borrow)]
    cost: Option<&'a RawValue>,
    /// xAI states it in ticks, ten thousand million to the dollar.
    #[serde(default)]
    cost_in_usd_ticks: Count,
}

#[derive(serde::Deserialize, Default)]
#[serde(default)]
struct Details {
    cached_tokens: Count,
    cache_write_tokens: Count,
    cache_write_tokens_details: Option<WriteDetails>,
    cached_tokens_details: Option<Parts>,
    reasoning_tokens: Count,
    text_tokens: Count,
    image_tokens: Count,
    audio_tokens: Count,
    video_tokens: Count,
}

#[derive(serde::Deserialize, Default)]
#[serde(default)]
struct WriteDetails {
    ttl_12h_tokens: Count,
}

#[derive(serde::Deserialize, Default)]
#[serde(default)]
struct Parts {
    text_tokens: Count,
    image_tokens: Count,
    audio_tokens: Count,
}

impl Wire<'_> {
    fn into_usage(self) -> Usage {
        let prompt = self
            .prompt_tokens_details
            .or(self.input_tokens_details)
            .or(self.input_token_details)
            .unwrap_or_default();
        let completion = self
            .completion_tokens_details
            .or(self.output_tokens_details)
            .or(self.output_token_details)
            .unwrap_or_default();
        let cached = prompt.cached_tokens_details.as_ref().map(Parts::modalities);
        let reasoning = completion.reasoning_tokens.0.or(self.reasoning_tokens.0);
        let input = self.prompt_tokens.0.or(self.input_tokens.0);
        let output = self.completion_tokens.0.or(self.output_tokens.0);
        let mut usage = Usage {
            input_tokens: input,
            cache_read_input_tokens: prompt
                .cached_tokens
                .0
                .or(self.prompt_cache_hit_tokens.0)
                .or(self.cached_tokens.0),
            cache_write_input_tokens: prompt.cache_write_tokens.0,
            output_tokens: with_reasoning(input, output, reasoning, self.total_tokens.0),
            reasoning_output_tokens: reasoning,
            input: prompt.modalities(),
            cache_read: cached.unwrap_or_default(),
            output: completion.modalities(),
            cost: self.cost.and_then(stated).or_else(|| self.cost_in_usd_ticks.0.and_then(ticks)),
            ..Usage::default()
        };
        usage.cache_writes = CacheWrites {
            twelve_hours: prompt
                .cache_write_tokens_details
                .and_then(|writes| writes.ttl_12h_tokens.0),
            ..CacheWrites::default()
        };
        usage.tools.web_searches = self.num_search_queries.0;
        if self.kind.0.as_deref() == Some("duration") {
            let seconds = self.seconds.map(|seconds| seconds.get().as_bytes());
            usage.units.input_audio_seconds = seconds.and_then(decimal);
        }
        usage
    }
}

impl Details {
    fn modalities(&self) -> Modalities {
        Modalities {
            text: self.text_tokens.0,
            image: self.image_tokens.0,
            audio: self.audio_tokens.0,
            video: self.video_tokens.0,
        }
    }
}

impl Parts {
    fn modalities(&self) -> Modalities {
        Modalities {
            text: self.text_tokens.0,
            image: self.image_tokens.0,
            audio: self.audio_tokens.0,
            video: None,
        }
    }
}

/// The output with its reasoning.
///
/// OpenAI's `completion_tokens` include it, xAI's don't. The total tells which; where it doesn't,
/// reasoning that exceeds the completion can't be a part of it.
fn with_reasoning(
    prompt: Option<u64>,
    completion: Option<u64>,
    reasoning: Option<u64>,
    total: Option<u64>,
) -> Option<u64> {
    let (Some(completion), Some(reasoning @ 1..)) = (completion, reasoning) else {
        return completion;
    };
    let apart = completion.saturating_add(reasoning);
    let sum = prompt.map(|prompt| prompt.saturating_add(apart));
    let total_says_apart = total.is_some() && total == sum;
    Some(if total_says_apart || reasoning > completion { apart } else { completion })
}

/// A stated charge: a number, or (Perplexity) an object with a `total_cost`.
fn stated(cost: &RawValue) -> Option<Decimal> {
    #[derive(serde::Deserialize)]
    struct Stated<'a> {
        #[serde(borrow)]
        total_cost: &'a RawValue,
    }
    let text = cost.get();
    if text.starts_with('{') {
        let stated: Stated<'_> = serde_json::from_str(text).ok()?;
        return charge(stated.total_cost.get());
    }
    charge(text)
}

/// An amount, digit by digit. A negative one isn't a charge.
fn charge(number: &str) -> Option<Decimal> {
    let amount = Some(number.as_bytes()).filter(|number| !number.starts_with(b"\""));
    amount.and_then(decimal).filter(|amount| !amount.is_sign_negative() || amount.is_zero())
}

fn ticks(ticks: u64) -> Option<Decimal> {
    Decimal::try_from_i128_with_scale(i128::from(ticks), 10).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dollars(text: &str) -> Option<Decimal> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn openai_counts_cached_and_reasoning_tokens_within_the_totals() {
        let usage = parse(
            br#"{"prompt_tokens":2006,"completion_tokens":300,"total_tokens":2306,
                "prompt_tokens_details":{"cached_tokens":1920,"cache_write_tokens":0,"audio_tokens":0,"text_tokens":2006},
                "completion_tokens_details":{"reasoning_tokens":64,"audio_tokens":0,"rejected_prediction_tokens":0}}"#,
        )
        .unwrap();
        assert_eq!(usage.input_tokens, Some(2006));
        assert_eq!(usage.cache_read_input_tokens, Some(1920));
        assert_eq!(usage.output_tokens, Some(300));
        assert_eq!(usage.reasoning_output_tokens, Some(64));
        assert_eq!(usage.cost, None);
    }

    #[test]
    fn xai_counts_reasoning_apart_and_its_total_tells() {
        let usage = parse(
            br#"{"prompt_tokens":37,"completion_tokens":5,"total_tokens":842,
                "completion_tokens_details":{"reasoning_tokens":800},"cost_in_usd_ticks":20580000}"#,
        )
        .unwrap();
        assert_eq!(usage.output_tokens, Some(805));
        assert_eq!(usage.cost, dollars("0.002058"));
    }

    #[test]
    fn deepseek_and_moonshot_state_the_cached_part_at_the_top() {
        let deepseek = parse(br#"{"prompt_tokens":10000,"prompt_cache_hit_tokens":8000}"#).unwrap();
        assert_eq!(deepseek.cache_read_input_tokens, Some(8000));
        let moonshot = parse(br#"{"prompt_tokens":19,"cached_tokens":8}"#).unwrap();
        assert_eq!(moonshot.cache_read_input_tokens, Some(8));
    }

    #[test]
    fn a_stated_cost_is_taken_digit_by_digit() {
        let cost = |json: &str| parse(json.as_bytes()).and_then(|usage| usage.cost);
        assert_eq!(cost(r#"{"cost":0.95}"#), dollars("0.95"));
        assert_eq!(cost(r#"{"cost":1.25e-05}"#), dollars("0.0000125"));
        assert_eq!(cost(r#"{"cost":0.00012345678901234567}"#), dollars("0.00012345678901234567"));
        assert_eq!(cost(r#"{"cost":{"input_tokens_cost":0.1,"total_cost":0.3}}"#), dollars("0.3"));
        assert_eq!(cost(r#"{"prompt_tokens":1,"cost":-1}"#), None);
        assert_eq!(cost(r#"{"prompt_tokens":1,"cost":"free"}"#), None);
        assert_eq!(cost(r#"{"prompt_tokens":1,"cost":1e400}"#), None);
    }

    #[test]
    fn odd_values_count_as_absent_and_lose_nothing_else() {
        let usage = parse(
            br#"{"prompt_tokens":12.0,"completion_tokens":-3,"total_tokens":"15","prompt_tokens_details":null,
                "prompt_cache_hit_tokens":[1],"cached_tokens":{"a":1},"cost_in_usd_ticks":1.5}"#,
        )
        .unwrap();
        assert_eq!(usage.input_tokens, Some(12));
        assert_eq!(usage.output_tokens, None);
        assert_eq!(usage.cache_read_input_tokens, None);
        assert_eq!(parse(b"null"), None);
        assert_eq!(parse(b"{}"), None);
        assert_eq!(parse(b"{\"prompt_tokens\":"), None);
    }
}
