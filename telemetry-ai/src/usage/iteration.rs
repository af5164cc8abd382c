//! One of several passes that a call is billed for.

use super::{Empty, Usage};

/// One of several passes over models that one call made and is billed for, each at the price of its
/// own model (Anthropic's `usage.iterations`: a compaction, an advisor, a fallback).
///
/// ```
/// use telemetry_ai::{Iteration, Usage};
///
/// let mut pass = Usage::default();
/// pass.input_tokens = Some(200);
/// pass.output_tokens = Some(40);
/// let mut usage = Usage::default();
/// usage.iterations.push(Iteration::new(Some("claude-haiku-4-5"), pass));
/// assert_eq!(usage.iterations[0].model.as_deref(), Some("claude-haiku-4-5"));
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Iteration {
    /// The model of the pass, if it is another one than the call's.
    pub model: Option<String>,
    /// What the pass used; it has no iterations of its own.
    pub usage: Usage,
}

impl Empty for Iteration {
    const EMPTY: &'static Self = &Self { model: None, usage: Usage::NOTHING };
}

impl Iteration {
    /// A pass over `model`, or over the call's own.
    #[must_use]
    pub fn new(model: Option<&str>, usage: Usage) -> Self {
        Self { model: model.map(str::to_owned), usage }
    }
}
