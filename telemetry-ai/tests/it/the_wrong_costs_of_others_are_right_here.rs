//! What others are known to have charged wrongly, by the public thread that tells of it: the usage as it
//! came, the rates that held, and the cost to the last digit.

use telemetry_ai::{
    AiCost, Attribution, Call, CostStatus, Decimal, ModelPrice, Operation, PriceTable, Provider,
    RateKind, Settings,
};
use telemetry_core::testing::Capture;

use crate::{assert_attribute, provider::only_span};

const MODEL: &str = "the-model";

struct Thread {
    /// Where it is told.
    name: &'static str,
    provider: Provider,
    /// Dollars for a million tokens.
    rates: &'static [(RateKind, &'static str)],
    /// The events of a stream, or the one document.
    answer: &'static [&'static str],
    dollars: &'static str,
}

use RateKind::{CacheRead, CacheWrite, Input, Output, WebSearch};

const THREADS: [Thread; 6] = [
    // What was written to the cache was billed as input too: 0.091311.
    Thread {
        name: "BerriAI/litellm#9812",
        provider: Provider::ANTHROPIC,
        rates: &[(Input, "3"), (CacheRead, "0.3"), (CacheWrite, "3.75"), (Output, "15")],
        answer: &[
            r#"{"id":"m","usage":{"input_tokens":3,"cache_creation_input_tokens":12304,"cache_read_input_tokens":0,"output_tokens":550}}"#,
        ],
        dollars: "0.054399",
    },
    // What was read from the cache was billed as input in streams: 0.002059.
    Thread {
        name: "BerriAI/litellm#11789",
        provider: Provider::ANTHROPIC,
        rates: &[(Input, "0.8"), (CacheRead, "0.08"), (CacheWrite, "1"), (Output, "4")],
        answer: &[
            r#"{"type":"message_start","message":{"id":"m","usage":{"input_tokens":4,"cache_creation_input_tokens":0,"cache_read_input_tokens":2455,"output_tokens":1}}}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":23}}"#,
            r#"{"type":"message_stop"}"#,
        ],
        dollars: "0.0002916",
    },
    // Of what was written to the cache only the part was billed whose lifetime the first event tells.
    Thread {
        name: "BerriAI/litellm#42663",
        provider: Provider::ANTHROPIC,
        rates: &[
            (Input, "5"),
            (CacheRead, "0.5"),
            (CacheWrite, "6.25"),
            (Output, "25"),
            (WebSearch, "0.01"),
        ],
        answer: &[
            r#"{"type":"message_start","message":{"id":"m","usage":{"input_tokens":3,"cache_creation_input_tokens":31490,"cache_read_input_tokens":0,"cache_creation":{"ephemeral_5m_input_tokens":31490,"ephemeral_1h_input_tokens":0},"output_tokens":1}}}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":123201,"cache_creation_input_tokens":184457,"cache_read_input_tokens":426653,"output_tokens":900,"server_tool_use":{"web_search_requests":5}}}"#,
            r#"{"type":"message_stop"}"#,
        ],
        dollars: "2.05468775",
    },
    // The usage of a last chunk that has choices was lost, and all was billed as fresh input: four times as
    // much.
    Thread {
        name: "BerriAI/litellm#36168",
        provider: Provider::DEEPSEEK,
        rates: &[(Input, "0.22"), (CacheRead, "0.05"), (Output, "0.44")],
        answer: &[
            r#"{"id":"f","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}"#,
            r#"{"id":"f","choices":[{"index":0,"delta":{}}],"usage":{"completion_tokens":2,"prompt_tokens":16111,"total_tokens":16113,"completion_tokens_details":{"reasoning_tokens":0},"prompt_tokens_details":{"cached_tokens":15872}}}"#,
            "[DONE]",
        ],
        dollars: "0.00084706",
    },
    // Pictures that were read from the cache were billed once more as pictures: 0.005318.
    Thread {
        name: "BerriAI/litellm#37407",
        provider: Provider::X_AI,
        rates: &[(Input, "2"), (CacheRead, "0.5"), (Output, "6")],
        answer: &[
            r#"{"id":"x","choices":[{"index":0,"message":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":2461,"completion_tokens":303,"total_tokens":2764,"prompt_tokens_details":{"text_tokens":1319,"audio_tokens":0,"image_tokens":1142,"cached_tokens":2432}}}"#,
        ],
        dollars: "0.003092",
    },
    // What was written to the cache was billed as input too: 1.85984625.
    Thread {
        name: "maximhq/bifrost#3451",
        provider: Provider::ANTHROPIC,
        rates: &[(Input, "5"), (CacheWrite, "6.25"), (Output, "25")],
        answer: &[
            r#"{"type":"message_start","message":{"id":"m","usage":{"input_tokens":6,"cache_creation_input_tokens":159217,"cache_read_input_tokens":0,"output_tokens":1}}}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2745}}"#,
            r#"{"type":"message_stop"}"#,
        ],
        dollars: "1.06376125",
    },
];

impl Thread {
    fn call(&self, answer: &[&str]) -> AiCost {
        let decimal = |text: &str| text.parse::<Decimal>().unwrap();
        let price = self
            .rates
            .iter()
            .fold(ModelPrice::new(self.provider.clone(), MODEL), |price, (kind, rate)| {
                price.rate(*kind, decimal(rate))
            });
        let settings = Settings::new(PriceTable::empty().with(price), Attribution::default());
        let streamed = answer.len() > 1;
        let mut call = Call::builder(Operation::CHAT, self.provider.clone())
            .model(MODEL)
            .streaming(streamed)
            .settings(&settings)
            .start();
        for part in answer {
            if streamed {
                call.read_events(format!("data: {part}\n\n").as_bytes());
            } else {
                call.read_json(part.as_bytes());
            }
        }
        call.end().unwrap()
    }
}

#[test]
fn what_others_charged_wrongly_is_charged_to_the_last_digit() {
    for thread in THREADS {
        let capture = Capture::start();
        let cost = capture.run(|| thread.call(thread.answer));
        let dollars = cost.amount().map(|dollars| dollars.normalize().to_string());
        assert_eq!(dollars.as_deref(), Some(thread.dollars), "{}", thread.name);
        let span = only_span(&capture);
        assert_attribute!(span, "error.type", none);
    }
}

/// xAI's own statement of the same call, in its ticks, is what our arithmetic comes to.
#[test]
fn the_providers_own_charge_agrees() {
    let thread = THREADS.into_iter().find(|thread| thread.provider == Provider::X_AI).unwrap();
    let stated = thread.answer[0]
        .replace("\"total_tokens\"", "\"cost_in_usd_ticks\":30920000,\"total_tokens\"");
    let capture = Capture::start();
    let cost = capture.run(|| thread.call(&[&stated]));
    assert_eq!(cost.amount().unwrap().normalize().to_string(), thread.dollars);
    assert_eq!(cost.source().unwrap().as_str(), "provider");
}

/// langfuse/langfuse#12306, pydantic/pydantic-ai#4364: totals and their parts were added up, because the
/// parts stood where others expect what is besides them.
#[test]
fn totals_include_their_parts_on_spans_and_in_counters() {
    let thread = THREADS.into_iter().find(|thread| thread.name.contains("bifrost")).unwrap();
    let capture = Capture::start();
    capture.run(|| thread.call(thread.answer));
    let span = only_span(&capture);
    assert_attribute!(span, "gen_ai.usage.input_tokens", 159_223);
    assert_attribute!(span, "gen_ai.usage.cache_write.input_tokens", 159_217);
    assert_attribute!(span, "gen_ai.usage.output_tokens", 2745);
    let metrics = capture.metrics();
    let counted = |kind| metrics.sum(&format!("gen_ai.client.inference.usage.{kind}"), &[]);
    assert_eq!(counted("input_tokens"), 159_223.0);
    assert_eq!(counted("cache_write.input_tokens"), 159_217.0);
}

/// The seconds of a job were assumed where nobody had said them, and a cost came out that was a hundredth
/// of the bill.
#[test]
fn no_unit_is_invented_where_the_provider_says_none() {
    let capture = Capture::start();
    let cost = capture.run(|| {
        let mut call = Call::builder(Operation::GENERATE_IMAGE, Provider::FAL_AI)
            .model("fal-ai/flux-lora-fast-training")
            .start();
        call.read_json(br#"{"diffusers_lora_file":{"url":"https://v3.fal.media/a"}}"#);
        call.end().unwrap()
    });
    assert_eq!((cost.status(), cost.amount()), (CostStatus::Unpriced, None));
    assert!(
        cost.usage().units.compute_seconds.is_none() && cost.usage().units.billed_units.is_none()
    );
}
