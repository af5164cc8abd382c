//! The metrics of the crate.

use telemetry_core::{Counter, Histogram, InstrumentSet, Instruments, Meter, semconv::gen_ai};

use crate::{SCOPE, attribution::Accounts, names};

/// One set for each pipeline.
pub(crate) static INSTRUMENTS: Instruments<AiInstruments> = Instruments::new(&SCOPE);

/// The boundaries that the conventions give for durations, in seconds.
const SECONDS: &[f64] =
    &[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

#[derive(Debug)]
pub(crate) struct AiInstruments {
    pub(crate) duration: Histogram,
    pub(crate) time_to_first_chunk: Histogram,
    pub(crate) input_tokens: Counter,
    pub(crate) cache_read_input_tokens: Counter,
    pub(crate) cache_write_input_tokens: Counter,
    pub(crate) output_tokens: Counter,
    pub(crate) reasoning_output_tokens: Counter,
    pub(crate) cost: Counter<f64>,
    pub(crate) requests: Counter,
    pub(crate) unpriced: Counter,
    pub(crate) accounts: Accounts,
}

impl InstrumentSet for AiInstruments {
    fn create(meter: &Meter) -> Self {
        let seconds = |name, description| {
            meter.histogram(name).unit("s").description(description).buckets(SECONDS).build()
        };
        let tokens = |name, description| {
            meter.counter(name).unit("{token}").description(description).build()
        };
        let requests = |name, description| {
            meter.counter(name).unit("{request}").description(description).build()
        };
        Self {
            duration: seconds(
                gen_ai::CLIENT_INFERENCE_DURATION,
                "GenAI client inference operation duration.",
            ),
            time_to_first_chunk: seconds(
                gen_ai::CLIENT_INFERENCE_TIME_TO_FIRST_CHUNK,
                "Time from the request to the first chunk of a streamed response.",
            ),
            input_tokens: tokens(
                gen_ai::CLIENT_INFERENCE_USAGE_INPUT_TOKENS,
                "Input tokens used, cached ones included.",
            ),
            cache_read_input_tokens: tokens(
                gen_ai::CLIENT_INFERENCE_USAGE_CACHE_READ_INPUT_TOKENS,
                "Input tokens served from a provider's cache; a part of the input tokens.",
            ),
            cache_write_input_tokens: tokens(
                gen_ai::CLIENT_INFERENCE_USAGE_CACHE_WRITE_INPUT_TOKENS,
                "Input tokens written to a provider's cache; a part of the input tokens.",
            ),
            output_tokens: tokens(
                gen_ai::CLIENT_INFERENCE_USAGE_OUTPUT_TOKENS,
                "Output tokens used, reasoning included.",
            ),
            reasoning_output_tokens: tokens(
                gen_ai::CLIENT_INFERENCE_USAGE_REASONING_OUTPUT_TOKENS,
                "Output tokens used for reasoning; a part of the output tokens.",
            ),
            cost: meter
                .f64_counter(names::COST)
                .unit("{USD}")
                .description("What model calls cost, in US dollars, as far as it is known.")
                .build(),
            requests: requests(names::REQUESTS, "Finished model calls."),
            unpriced: requests(
                names::UNPRICED,
                "Finished model calls whose cost is not known, by reason; not counted are those that failed before they used anything.",
            ),
            accounts: Accounts::default(),
        }
    }
}
