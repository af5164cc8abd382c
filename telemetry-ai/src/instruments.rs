//! The metrics of the crate.

use telemetry_core::{
    Counter, Gauge, Histogram, InstrumentSet, Instruments, Meter, UpDownCounter, semconv::gen_ai,
};

use crate::{SCOPE, attribution::Accounts, names};

/// One set for each pipeline.
pub(crate) static INSTRUMENTS: Instruments<AiInstruments> = Instruments::new(&SCOPE);

/// The boundaries that the conventions give for durations, in seconds.
const SECONDS: &[f64] =
    &[0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

/// Jobs wait and run for minutes, trainings for hours.
const JOB_SECONDS: &[f64] =
    &[0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 1800.0, 3600.0];

/// The boundaries that the conventions give for tokens.
const TOKENS: &[f64] = &[
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1024.0,
    4096.0,
    16384.0,
    65536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];

/// The conventions name none for calls of an agent.
const CALLS: &[f64] = &[0.0, 1.0, 2.0, 3.0, 5.0, 8.0, 13.0, 21.0, 34.0, 55.0, 89.0];

#[derive(Debug)]
pub(crate) struct AiInstruments {
    pub(crate) duration: Histogram,
    pub(crate) time_to_first_chunk: Histogram,
    pub(crate) time_per_output_chunk: Histogram,
    pub(crate) operation_duration: Histogram,
    pub(crate) operation_time_to_first_chunk: Histogram,
    pub(crate) operation_time_per_output_chunk: Histogram,
    pub(crate) token_usage: Histogram,
    pub(crate) job_queue_duration: Histogram,
    pub(crate) job_run_duration: Histogram,
    pub(crate) rate_limit_remaining: Gauge,
    pub(crate) rate_limit: Gauge,
    pub(crate) units: Counter<f64>,
    pub(crate) execute_tool_duration: Histogram,
    pub(crate) invoke_agent_duration: Histogram,
    pub(crate) agent_inference_calls: Histogram,
    pub(crate) agent_tool_calls: Histogram,
    pub(crate) workflow_duration: Histogram,
    pub(crate) node_duration: Histogram,
    pub(crate) input_tokens: Counter,
    pub(crate) cache_read_input_tokens: Counter,
    pub(crate) cache_write_input_tokens: Counter,
    pub(crate) output_tokens: Counter,
    pub(crate) reasoning_output_tokens: Counter,
    pub(crate) cost: Counter<f64>,
    pub(crate) cost_of_trouble: Counter<f64>,
    pub(crate) cache_savings: UpDownCounter<f64>,
    pub(crate) cache_missed: Counter,
    pub(crate) budget_used: Gauge,
    pub(crate) budget_refused: Counter,
    pub(crate) requests: Counter,
    pub(crate) unpriced: Counter,
    pub(crate) accounts: Accounts,
}

impl InstrumentSet for AiInstruments {
    fn create(meter: &Meter) -> Self {
        let seconds = |name, description| {
            meter.histogram(name).unit("s").description(description).buckets(SECONDS).build()
        };
        let of_jobs = |name, description| {
            meter.histogram(name).unit("s").description(description).buckets(JOB_SECONDS).build()
        };
        let calls = |name, unit, description| {
            meter.histogram(name).unit(unit).description(description).buckets(CALLS).build()
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
            time_per_output_chunk: seconds(
                names::TIME_PER_OUTPUT_CHUNK,
                "Time between two chunks of a streamed response.",
            ),
            operation_duration: seconds(names::OPERATION_DURATION, "GenAI operation duration."),
            operation_time_to_first_chunk: seconds(
                names::OPERATION_TIME_TO_FIRST_CHUNK,
                "Time to receive the first chunk.",
            ),
            operation_time_per_output_chunk: seconds(
                names::OPERATION_TIME_PER_OUTPUT_CHUNK,
                "Time per output chunk.",
            ),
            execute_tool_duration: seconds(
                names::EXECUTE_TOOL_DURATION,
                "The duration of a single tool execution.",
            ),
            invoke_agent_duration: seconds(
                names::INVOKE_AGENT_DURATION,
                "The duration of a single in-process agent invocation.",
            ),
            agent_inference_calls: calls(
                names::INVOKE_AGENT_INFERENCE_CALLS,
                "{inference_call}",
                "The number of inference calls an agent makes during a single invocation.",
            ),
            agent_tool_calls: calls(
                names::INVOKE_AGENT_TOOL_CALLS,
                "{tool_call}",
                "The number of tool calls an agent makes during a single invocation.",
            ),
            workflow_duration: seconds(names::WORKFLOW_DURATION, "GenAI workflow duration."),
            node_duration: seconds(
                names::NODE_DURATION,
                "The duration of a single node of a workflow.",
            ),
            token_usage: meter
                .histogram(names::TOKEN_USAGE)
                .unit("{token}")
                .description("Number of input and output tokens used.")
                .buckets(TOKENS)
                .build(),
            job_queue_duration: of_jobs(
                names::JOB_QUEUE_DURATION,
                "How long jobs waited, by the provider's own clock.",
            ),
            job_run_duration: of_jobs(
                names::JOB_RUN_DURATION,
                "How long jobs ran, by the provider's own clock.",
            ),
            rate_limit_remaining: meter
                .gauge(names::RATE_LIMIT_REMAINING)
                .unit("1")
                .description("What is left of a provider's rate limit, by its last response.")
                .build(),
            rate_limit: meter
                .gauge(names::RATE_LIMIT)
                .unit("1")
                .description("A provider's rate limit, by its last response.")
                .build(),
            units: meter
                .f64_counter(names::UNITS)
                .unit("1")
                .description("What model calls used in units other than tokens.")
                .build(),
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
            cost_of_trouble: meter
                .f64_counter(names::COST_OF_TROUBLE)
                .unit("{USD}")
                .description("What model calls cost that failed, were cancelled or took several attempts; a part of the cost.")
                .build(),
            cache_savings: meter
                .f64_up_down_counter(names::CACHE_SAVINGS)
                .unit("{USD}")
                .description("What reading from prompt caches saved, less what writing to them cost more.")
                .build(),
            cache_missed: requests(
                names::CACHE_MISSED,
                "Model calls whose prompt began as a recent one did and wasn't read from the cache.",
            ),
            budget_used: meter
                .gauge(names::BUDGET_USED)
                .unit("1")
                .description("The share of a budget that is spent, by the last call.")
                .build(),
            budget_refused: requests(
                names::BUDGET_REFUSED,
                "Model calls that weren't made because a blocking budget was spent.",
            ),
            requests: requests(names::REQUESTS, "Finished model calls."),
            unpriced: requests(
                names::UNPRICED,
                "Finished model calls whose cost is not known, by reason; not counted are those that failed before they used anything.",
            ),
            accounts: Accounts::default(),
        }
    }
}
