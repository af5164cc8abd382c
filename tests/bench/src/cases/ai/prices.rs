//! What the prices are asked for.

use telemetry_ai::Usage;

/// Models of OpenAI's that both lists have. A service calls more than one.
pub(super) const MODELS: [&str; 4] =
    ["gpt-4o-2024-08-06", "gpt-4o-mini-2024-07-18", "gpt-4.1", "o4-mini"];

/// A prompt of which a part was cached, and an answer.
pub(super) fn usage() -> Usage {
    let mut usage = Usage::default();
    usage.input_tokens = Some(2006);
    usage.cache_read_input_tokens = Some(1920);
    usage.output_tokens = Some(300);
    usage
}
