//! Calls of models: the registry of `semantic-conventions-genai`, all in development.

/// The operation: `chat`, `embeddings` …
pub const OPERATION_NAME: &str = "gen_ai.operation.name";

/// The provider: `openai`, `anthropic` …
pub const PROVIDER_NAME: &str = "gen_ai.provider.name";

/// The model that was asked for.
pub const REQUEST_MODEL: &str = "gen_ai.request.model";

/// Choice count.
pub const REQUEST_CHOICE_COUNT: &str = "gen_ai.request.choice.count";

/// Frequency penalty.
pub const REQUEST_FREQUENCY_PENALTY: &str = "gen_ai.request.frequency_penalty";

/// Max tokens.
pub const REQUEST_MAX_TOKENS: &str = "gen_ai.request.max_tokens";

/// Presence penalty.
pub const REQUEST_PRESENCE_PENALTY: &str = "gen_ai.request.presence_penalty";

/// Seed.
pub const REQUEST_SEED: &str = "gen_ai.request.seed";

/// Stop sequences.
pub const REQUEST_STOP_SEQUENCES: &str = "gen_ai.request.stop_sequences";

/// Stream.
pub const REQUEST_STREAM: &str = "gen_ai.request.stream";

/// Temperature.
pub const REQUEST_TEMPERATURE: &str = "gen_ai.request.temperature";

/// Top k.
pub const REQUEST_TOP_K: &str = "gen_ai.request.top_k";

/// Top p.
pub const REQUEST_TOP_P: &str = "gen_ai.request.top_p";

/// Reasoning level.
pub const REQUEST_REASONING_LEVEL: &str = "gen_ai.request.reasoning.level";

/// Finish reasons.
pub const RESPONSE_FINISH_REASONS: &str = "gen_ai.response.finish_reasons";

/// Id.
pub const RESPONSE_ID: &str = "gen_ai.response.id";

/// The model that answered.
pub const RESPONSE_MODEL: &str = "gen_ai.response.model";

/// Seconds to the first chunk.
pub const RESPONSE_TIME_TO_FIRST_CHUNK: &str = "gen_ai.response.time_to_first_chunk";

/// Billed input tokens, cached ones included.
pub const USAGE_INPUT_TOKENS: &str = "gen_ai.usage.input_tokens";

/// Billed output tokens, reasoning included.
pub const USAGE_OUTPUT_TOKENS: &str = "gen_ai.usage.output_tokens";

/// Cache read input tokens.
pub const USAGE_CACHE_READ_INPUT_TOKENS: &str = "gen_ai.usage.cache_read.input_tokens";

/// Cache write input tokens.
pub const USAGE_CACHE_WRITE_INPUT_TOKENS: &str = "gen_ai.usage.cache_write.input_tokens";

/// Reasoning output tokens.
pub const USAGE_REASONING_OUTPUT_TOKENS: &str = "gen_ai.usage.reasoning.output_tokens";

/// What the call cost.
pub const USAGE_COST_AMOUNT: &str = "gen_ai.usage.cost.amount";

/// The currency, ISO 4217.
pub const USAGE_COST_CURRENCY: &str = "gen_ai.usage.cost.currency";

/// `provider` or `local`: who computed the cost.
pub const USAGE_COST_SOURCE: &str = "gen_ai.usage.cost.source";

/// `text`, `image`, `audio` or `unknown`.
pub const TOKEN_MODALITY: &str = "gen_ai.token.modality";

/// Type.
pub const OUTPUT_TYPE: &str = "gen_ai.output.type";

/// Id.
pub const CONVERSATION_ID: &str = "gen_ai.conversation.id";

/// Text among the input tokens.
pub const USAGE_TEXT_INPUT_TOKENS: &str = "gen_ai.usage.text.input_tokens";

/// Images among the input tokens.
pub const USAGE_IMAGE_INPUT_TOKENS: &str = "gen_ai.usage.image.input_tokens";

/// Audio among the input tokens.
pub const USAGE_AUDIO_INPUT_TOKENS: &str = "gen_ai.usage.audio.input_tokens";

/// Text among the tokens read from a cache.
pub const USAGE_TEXT_CACHE_READ_INPUT_TOKENS: &str = "gen_ai.usage.text.cache_read.input_tokens";

/// Images among the tokens read from a cache.
pub const USAGE_IMAGE_CACHE_READ_INPUT_TOKENS: &str = "gen_ai.usage.image.cache_read.input_tokens";

/// Audio among the tokens read from a cache.
pub const USAGE_AUDIO_CACHE_READ_INPUT_TOKENS: &str = "gen_ai.usage.audio.cache_read.input_tokens";

/// Text among the output tokens.
pub const USAGE_TEXT_OUTPUT_TOKENS: &str = "gen_ai.usage.text.output_tokens";

/// Images among the output tokens.
pub const USAGE_IMAGE_OUTPUT_TOKENS: &str = "gen_ai.usage.image.output_tokens";

/// Audio among the output tokens.
pub const USAGE_AUDIO_OUTPUT_TOKENS: &str = "gen_ai.usage.audio.output_tokens";

/// Histogram: how long a call took, seconds.
pub const CLIENT_INFERENCE_DURATION: &str = "gen_ai.client.inference.duration";

/// Histogram: how long the first chunk of a stream took, seconds.
pub const CLIENT_INFERENCE_TIME_TO_FIRST_CHUNK: &str =
    "gen_ai.client.inference.time_to_first_chunk";

/// Counter: input tokens.
pub const CLIENT_INFERENCE_USAGE_INPUT_TOKENS: &str = "gen_ai.client.inference.usage.input_tokens";

/// Counter: input tokens served from a cache.
pub const CLIENT_INFERENCE_USAGE_CACHE_READ_INPUT_TOKENS: &str =
    "gen_ai.client.inference.usage.cache_read.input_tokens";

/// Counter: input tokens written to a cache.
pub const CLIENT_INFERENCE_USAGE_CACHE_WRITE_INPUT_TOKENS: &str =
    "gen_ai.client.inference.usage.cache_write.input_tokens";

/// Counter: output tokens.
pub const CLIENT_INFERENCE_USAGE_OUTPUT_TOKENS: &str =
    "gen_ai.client.inference.usage.output_tokens";

/// Counter: output tokens spent on reasoning.
pub const CLIENT_INFERENCE_USAGE_REASONING_OUTPUT_TOKENS: &str =
    "gen_ai.client.inference.usage.reasoning.output_tokens";
