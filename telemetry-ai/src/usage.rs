//! What a model call consumed.

mod wire;

use rust_decimal::Decimal;

pub(crate) use wire::parse;

/// Token counts of one model call, in tokens, as the conventions count them: totals include their
/// parts.
///
/// [`input_tokens`](Self::input_tokens) includes tokens read from a cache and written to one,
/// [`output_tokens`](Self::output_tokens) includes reasoning. `None` means that the provider did
/// not say, which is not the same as zero.
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
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Usage {
    /// All input (prompt) tokens.
    pub input_tokens: Option<u64>,
    /// Input tokens served from the provider's prompt cache.
    pub cache_read_input_tokens: Option<u64>,
    /// Input tokens written to the provider's prompt cache.
    pub cache_write_input_tokens: Option<u64>,
    /// Those of the written tokens that are kept for twelve hours, which cost more.
    pub long_cache_write_input_tokens: Option<u64>,
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
    /// What the provider itself says that the call cost, in US dollars.
    pub cost: Option<Decimal>,
}

/// A token count by modality; `None` where the provider does not break it down.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Modalities {
    /// Text tokens.
    pub text: Option<u64>,
    /// Image tokens.
    pub image: Option<u64>,
    /// Audio tokens.
    pub audio: Option<u64>,
}

impl Usage {
    /// Whether nothing at all is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
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
        take(&mut self.long_cache_write_input_tokens, later.long_cache_write_input_tokens);
        take(&mut self.output_tokens, later.output_tokens);
        take(&mut self.reasoning_output_tokens, later.reasoning_output_tokens);
        self.input.merge(&later.input);
        self.cache_read.merge(&later.cache_read);
        self.output.merge(&later.output);
        self.cost = later.cost.or(self.cost);
    }
}

impl Modalities {
    fn merge(&mut self, later: &Self) {
        self.text = later.text.or(self.text);
        self.image = later.image.or(self.image);
        self.audio = later.audio.or(self.audio);
    }

    /// Splits `total` into what each modality accounts for, as `(modality, tokens)`.
    ///
    /// A modality that the provider does not break out is `unknown`, as the conventions ask: the
    /// prompt of a vision request counts its images among the prompt tokens. Zero rows are left
    /// out, unless nothing else is there. Parts that exceed the total are cut, so that the rows
    /// always add up to it.
    pub(crate) fn split(&self, total: u64) -> impl Iterator<Item = (&'static str, u64)> {
        let mut rest = total;
        let mut cut = |part: Option<u64>| {
            let part = part.unwrap_or(0).min(rest);
            rest -= part;
            part
        };
        let audio = cut(self.audio);
        let image = cut(self.image);
        let text = cut(self.text);
        let rows = [("text", text), ("image", image), ("audio", audio), ("unknown", rest)];
        rows.into_iter()
            .filter(move |&(modality, tokens)| tokens > 0 || (total == 0 && modality == "unknown"))
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
        let parts = Modalities { text: Some(50), image: Some(80), audio: None };
        let rows: Vec<_> = parts.split(100).collect();
        assert_eq!(rows, [("text", 20), ("image", 80)]);
        let none: Vec<_> = Modalities::default().split(0).collect();
        assert_eq!(none, [("unknown", 0)]);
    }
}
