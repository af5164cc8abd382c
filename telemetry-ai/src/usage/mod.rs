//! What a model call consumed.

mod cache_writes;
mod iteration;
mod lenient;
mod modalities;
mod sparse;
mod terms;
mod tool_use;
mod units;
mod wire;

pub use cache_writes::CacheWrites;
pub use iteration::Iteration;
pub(crate) use lenient::{Count, Word};
pub use modalities::Modalities;
use rust_decimal::Decimal;
pub(crate) use sparse::Empty;
pub use sparse::Sparse;
pub use terms::Terms;
pub use tool_use::ToolUse;
pub use units::Units;
pub(crate) use wire::{parse, parse_in_place};

/// What one model call consumed: tokens as the conventions count them (totals include their parts),
/// and everything else that is billed.
///
/// [`input_tokens`](Self::input_tokens) includes tokens read from a cache and written to one,
/// [`output_tokens`](Self::output_tokens) includes reasoning; providers that count otherwise
/// (Anthropic and Bedrock leave the cache out of the input, Gemini the thoughts out of the output)
/// are added up. Where a provider states both, the billed count stands, not the consumed one.
/// `None` means that the provider did not say, which is not the same as zero.
///
/// Follows the `gen_ai.usage.*` attributes of the OpenTelemetry GenAI conventions.
///
/// ```
/// use telemetry_ai::Usage;
///
/// let mut usage = Usage::default();
/// usage.input_tokens = Some(2_006);
/// usage.cache_read_input_tokens = Some(1_920);
/// usage.output_tokens = Some(300);
/// assert!(!usage.is_empty());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// All input (prompt) tokens.
    pub input_tokens: Option<u64>,
    /// Input tokens served from the provider's prompt cache.
    pub cache_read_input_tokens: Option<u64>,
    /// Input tokens written to the provider's prompt cache.
    pub cache_write_input_tokens: Option<u64>,
    /// The written tokens by how long they are kept.
    pub cache_writes: CacheWrites,
    /// All output (completion) tokens.
    pub output_tokens: Option<u64>,
    /// Output tokens spent on reasoning.
    pub reasoning_output_tokens: Option<u64>,
    /// The input by modality, where the provider breaks it down.
    pub input: Modalities,
    /// The cached part of the input by modality.
    pub cache_read: Modalities,
    /// The output by modality.
    pub output: Modalities,
    /// What the call used in other units: images, seconds, characters, billed units.
    pub units: Sparse<Units>,
    /// Tools of the provider's own that are billed by the use.
    pub tools: Sparse<ToolUse>,
    /// The terms that decide the price.
    pub terms: Sparse<Terms>,
    /// The passes that make up the call, where the provider bills each at its own model's price.
    /// If there are any, their sum is what is billed, and the counts above describe the call as
    /// the provider's headline does.
    pub iterations: Vec<Iteration>,
    /// What the provider itself says that the call cost, in US dollars.
    pub cost: Option<Decimal>,
}

impl Usage {
    pub(crate) const NOTHING: Self = Self {
        input_tokens: None,
        cache_read_input_tokens: None,
        cache_write_input_tokens: None,
        cache_writes: CacheWrites::NONE,
        output_tokens: None,
        reasoning_output_tokens: None,
        input: Modalities::NONE,
        cache_read: Modalities::NONE,
        output: Modalities::NONE,
        units: Sparse::NOTHING,
        tools: Sparse::NOTHING,
        terms: Sparse::NOTHING,
        iterations: Vec::new(),
        cost: None,
    };

    /// Whether nothing at all is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::NOTHING
    }

    /// Whether anything is known that could be billed; the terms alone are nothing.
    pub(crate) fn has_quantities(&self) -> bool {
        let counted = [
            self.input_tokens,
            self.cache_read_input_tokens,
            self.cache_write_input_tokens,
            self.output_tokens,
            self.reasoning_output_tokens,
        ];
        counted.iter().any(Option::is_some)
            || self.cost.is_some()
            || !self.tools.is_empty()
            || !self.units.is_empty()
            || !self.iterations.is_empty()
    }

    /// Whether anything was used in units other than tokens.
    pub(crate) fn has_units(&self) -> bool {
        !self.units.is_empty() || !self.tools.is_empty()
    }

    /// What was used in units other than tokens, by the name of each unit.
    pub(crate) fn unit_amounts(&self) -> impl Iterator<Item = (&'static str, Decimal)> {
        let (units, tools) = (&*self.units, &*self.tools);
        let counts = [
            ("images", units.output_images),
            ("input_images", units.input_images),
            ("pixels", units.output_pixels),
            ("videos", units.output_videos),
            ("characters", units.input_characters),
            ("output_characters", units.output_characters),
            ("pages", units.pages),
            ("search_units", units.search_units),
            ("training_steps", units.training_steps),
            ("web_searches", tools.web_searches),
            ("web_fetches", tools.web_fetches),
            ("file_searches", tools.file_searches),
            ("code_sessions", tools.code_sessions),
            ("image_generations", tools.image_generations),
            ("map_queries", tools.map_queries),
        ];
        let amounts = [
            ("video_seconds", units.output_video_seconds),
            ("input_video_seconds", units.input_video_seconds),
            ("audio_seconds", units.output_audio_seconds),
            ("input_audio_seconds", units.input_audio_seconds),
            ("compute_seconds", units.compute_seconds),
            ("billed_units", units.billed_units),
            ("credits", units.credits),
        ];
        let counts = counts.map(|(unit, count)| (unit, count.map(Decimal::from)));
        counts.into_iter().chain(amounts).filter_map(|(unit, amount)| Some((unit, amount?)))
    }

    /// Takes over what `later` knows, field by field.
    ///
    /// Providers that repeat usage in a stream repeat it cumulatively, so the last value of each
    /// field holds and nothing is ever added up.
    pub fn merge(&mut self, later: &Self) {
        let take = |field: &mut Option<u64>, later: Option<u64>| *field = later.or(*field);
        take(&mut self.input_tokens, later.input_tokens);
        take(&mut self.cache_read_input_tokens, later.cache_read_input_tokens);
        take(&mut self.cache_write_input_tokens, later.cache_write_input_tokens);
        take(&mut self.output_tokens, later.output_tokens);
        take(&mut self.reasoning_output_tokens, later.reasoning_output_tokens);
        self.cache_writes.merge(&later.cache_writes);
        self.input.merge(&later.input);
        self.cache_read.merge(&later.cache_read);
        self.output.merge(&later.output);
        if let Some(units) = later.units.as_set() {
            self.units.merge(units);
        }
        if let Some(tools) = later.tools.as_set() {
            self.tools.merge(tools);
        }
        if let Some(terms) = later.terms.as_set() {
            self.terms.merge(terms);
        }
        if !later.iterations.is_empty() {
            self.iterations.clone_from(&later.iterations);
        }
        self.cost = later.cost.or(self.cost);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_of_each_field_holds() {
        let mut usage = parse(br#"{"prompt_tokens":25,"completion_tokens":1}"#).unwrap();
        usage.merge(&parse(br#"{"completion_tokens":15}"#).unwrap());
        assert_eq!(usage.input_tokens, Some(25));
        assert_eq!(usage.output_tokens, Some(15));
    }

    #[test]
    fn modalities_add_up_to_the_total_even_when_the_parts_exceed_it() {
        let parts = Modalities { text: Some(50), image: Some(80), ..Modalities::default() };
        let rows = parts.rows(100);
        assert_eq!(rows, [("text", 20), ("image", 80), ("audio", 0), ("unknown", 0)]);
        let unknown = [("text", 0), ("image", 0), ("audio", 0), ("unknown", 7)];
        assert_eq!(Modalities::default().rows(7), unknown);
    }
}
