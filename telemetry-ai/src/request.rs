//! What a request asked for.

/// The parameters of a request to a model that the conventions record. None of them is content.
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
    /// How many answers were asked for.
    pub choice_count: Option<i64>,
    /// The seed.
    pub seed: Option<i64>,
    /// The reasoning effort asked for, as sent.
    pub reasoning_level: Option<String>,
    /// The kind of output asked for: `text`, `json`, `speech`.
    pub output_type: Option<&'static str>,
    /// The service tier asked for.
    pub service_tier: Option<String>,
}

impl RequestParameters {
    /// Reads the parameters of the body of a chat completion in OpenAI's format, and nothing else
    /// of it.
    ///
    /// Only top-level keys are looked at; messages are skipped where they lie. A body that is cut
    /// short or malformed gives what came before.
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
        crate::provider::parse_request(body)
    }

    /// How many answers are expected, at least one.
    pub(crate) fn expected_choices(&self) -> usize {
        self.choice_count.and_then(|count| usize::try_from(count).ok()).unwrap_or(1).max(1)
    }
}
