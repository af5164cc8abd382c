//! What a request asked for.

use rust_decimal::Decimal;

use crate::{
    Operation,
    provider::openai,
    stream::{Node, Scanner, set},
};

/// No provider takes more stop sequences than this.
const MOST_STOPS: usize = 4;
/// No provider encodes embeddings in more formats than this.
const MOST_FORMATS: usize = 8;

/// The parameters of a request to a model that the conventions record, and those that decide a
/// price. None of them is content.
///
/// Fields are those of the `gen_ai.request.*` attributes; `None` means that the request didn't say.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct RequestParameters {
    /// The model asked for.
    pub model: Option<String>,
    /// Whether the answer is to be streamed.
    pub stream: bool,
    /// The most tokens to generate.
    pub max_tokens: Option<i64>,
    /// The sampling temperature.
    pub temperature: Option<f64>,
    /// The nucleus sampling threshold.
    pub top_p: Option<f64>,
    /// How many of the likeliest tokens are sampled from.
    pub top_k: Option<i64>,
    /// The frequency penalty.
    pub frequency_penalty: Option<f64>,
    /// The presence penalty.
    pub presence_penalty: Option<f64>,
    /// The sequences that end the generation, at most four.
    pub stop_sequences: Vec<String>,
    /// How many answers, images or other outputs were asked for.
    pub choice_count: Option<i64>,
    /// The seed.
    pub seed: Option<i64>,
    /// The reasoning effort asked for, as sent.
    pub reasoning_level: Option<String>,
    /// The kind of output asked for: `text`, `json`, `speech`.
    pub output_type: Option<&'static str>,
    /// The service tier asked for.
    pub service_tier: Option<String>,
    /// The dimensions of embeddings.
    pub embedding_dimensions: Option<i64>,
    /// The formats that embeddings are wanted in, as sent (`float`, `base64`, `int8`); at most eight.
    pub encoding_formats: Vec<String>,
    /// The conversation that the provider keeps and the request goes on with.
    pub conversation_id: Option<String>,
    /// The response that the request goes on from.
    pub previous_response_id: Option<String>,
    /// The guardrail that watches the request (Bedrock).
    pub guardrail_id: Option<String>,
    /// The size or the proportions of images, as sent: `1024x1536`, `16:9`, `landscape_4_3`.
    pub image_size: Option<String>,
    /// The width of images, in pixels.
    pub width: Option<i64>,
    /// The height of images, in pixels.
    pub height: Option<i64>,
    /// The quality of images, as sent.
    pub image_quality: Option<String>,
    /// The resolution of a video or an image, as sent: `720p`.
    pub resolution: Option<String>,
    /// How long a video or a sound is to be, in seconds.
    pub duration_seconds: Option<Decimal>,
    /// The steps of a diffusion.
    pub steps: Option<i64>,
    /// How many characters are to be spoken.
    pub input_characters: Option<u64>,
    /// Which of OpenAI's interfaces is used, where it isn't chat completions.
    pub(crate) interface: Option<&'static str>,
    /// What the request does, where its body tells and not its path.
    pub(crate) operation: Option<Operation>,
}

impl RequestParameters {
    /// Reads the parameters of the body of a chat completion in OpenAI's format, and nothing else
    /// of it.
    ///
    /// Only the keys of parameters are looked at; messages are skipped where they lie. A body that
    /// is cut short or malformed gives what came before.
    ///
    /// ```
    /// use telemetry_ai::RequestParameters;
    ///
    /// let body = br#"{"model":"gpt-4o","stream":true,"messages":[{"role":"user","content":"Hi"}]}"#;
    /// let parameters = RequestParameters::of_chat_completion(body);
    /// assert_eq!(parameters.model.as_deref(), Some("gpt-4o"));
    /// assert!(parameters.stream);
    /// ```
    #[must_use]
    pub fn of_chat_completion(body: &[u8]) -> Self {
        Self::read(openai::chat_wire().request, body)
    }

    /// Reads a body of this shape.
    pub(crate) fn read(shape: &'static Node<Self>, body: &[u8]) -> Self {
        let mut parameters = Self::default();
        parameters.read_into(shape, body);
        parameters
    }

    /// Reads a body of this shape over what is known already.
    pub(crate) fn read_into(&mut self, shape: &'static Node<Self>, body: &[u8]) {
        Scanner::new(shape).feed(body, self);
    }

    /// How many answers are expected, at least one.
    pub(crate) fn expected_choices(&self) -> usize {
        self.choice_count.and_then(|count| usize::try_from(count).ok()).unwrap_or(1).max(1)
    }

    /// Whether there is anything that steers the answer, besides its length and the temperature.
    pub(crate) fn is_steered(&self) -> bool {
        self.top_p.or(self.frequency_penalty).or(self.presence_penalty).is_some()
            || self.top_k.or(self.choice_count).or(self.seed).is_some()
            || self.reasoning_level.is_some()
            || self.output_type.is_some()
            || self.refers()
            || !self.stop_sequences.is_empty()
    }

    /// Whether there is anything that is kept elsewhere.
    pub(crate) fn refers(&self) -> bool {
        self.conversation_id.is_some()
            || self.previous_response_id.is_some()
            || self.guardrail_id.is_some()
    }

    /// Whether there is anything that only embeddings, images, sound and videos have.
    pub(crate) fn is_of_media(&self) -> bool {
        self.embedding_dimensions.or(self.width).or(self.height).or(self.steps).is_some()
            || !self.encoding_formats.is_empty()
            || self.image_size.is_some()
            || self.image_quality.is_some()
            || self.resolution.is_some()
            || self.duration_seconds.is_some()
    }

    /// The size of images: as it was sent, or put together of width and height.
    pub(crate) fn size(&self) -> Option<String> {
        let sides = || Some(format!("{}x{}", self.width?, self.height?));
        self.image_size.clone().or_else(sides)
    }

    pub(crate) fn add_stop_sequence(&mut self, sequence: Option<&str>) {
        if sequence.is_some() && self.stop_sequences.len() < MOST_STOPS {
            let mut kept = None;
            set(&mut kept, sequence);
            self.stop_sequences.extend(kept);
        }
    }

    pub(crate) fn add_encoding_format(&mut self, format: Option<String>) {
        if self.encoding_formats.len() < MOST_FORMATS {
            self.encoding_formats.extend(format);
        }
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
