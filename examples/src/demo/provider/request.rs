//! [`Request`]: what is asked of the model.

use serde::Deserialize;

use super::refusal::Refusal;

/// The models, by the name that is asked for: the dated name that answers, how long until the first
/// token, and how long for each one after it, in milliseconds.
const MODELS: &[Model] = &[
    Model::new("gpt-4o-mini", "gpt-4o-mini-2024-07-18", 70..180, 9..16),
    Model::new("gpt-4o", "gpt-4o-2024-08-06", 110..260, 14..24),
    Model::new("gpt-4.1-mini", "gpt-4.1-mini-2025-04-14", 60..150, 8..14),
];

/// A model and its pace.
#[derive(Debug)]
pub(super) struct Model {
    pub(super) name: &'static str,
    pub(super) dated_name: &'static str,
    pub(super) first_token_milliseconds: std::ops::Range<u64>,
    pub(super) next_token_milliseconds: std::ops::Range<u64>,
}

impl Model {
    pub(super) const fn new(
        name: &'static str,
        dated_name: &'static str,
        first_token_milliseconds: std::ops::Range<u64>,
        next_token_milliseconds: std::ops::Range<u64>,
    ) -> Self {
        Self { name, dated_name, first_token_milliseconds, next_token_milliseconds }
    }

    /// All of them.
    pub(super) fn all() -> &'static [Self] {
        MODELS
    }
}

/// A request, as far as this provider heeds it.
#[derive(Debug, Deserialize)]
pub(super) struct Request {
    model: String,
    messages: Vec<Message>,
    max_tokens: Option<u64>,
    max_completion_tokens: Option<u64>,
    #[serde(default)]
    pub(super) stream: bool,
    stream_options: Option<StreamOptions>,
}

#[derive(Debug, Deserialize)]
struct Message {
    #[serde(default)]
    content: String,
}

#[derive(Debug, Deserialize)]
struct StreamOptions {
    #[serde(default)]
    include_usage: bool,
}

impl Request {
    /// Reads a body.
    pub(super) fn read(body: &[u8]) -> Result<Self, Refusal> {
        let request: Self = serde_json::from_slice(body)
            .map_err(|_| Refusal::invalid("We could not parse the JSON body of your request."))?;
        if request.messages.is_empty() {
            return Err(Refusal::invalid("'messages' must not be empty."));
        }
        Ok(request)
    }

    /// The model that is asked.
    pub(super) fn model(&self) -> Result<&'static Model, Refusal> {
        let found = MODELS.iter().find(|model| self.asks_for(model));
        found.ok_or_else(|| Refusal::unknown_model(&self.model))
    }

    /// Whether it is this model that is asked.
    pub(super) fn asks_for(&self, model: &Model) -> bool {
        model.name == self.model || model.dated_name == self.model
    }

    /// What the model is called that is asked.
    pub(super) fn model_name(&self) -> &str {
        &self.model
    }

    /// How many tokens the question has: about four characters each, and some for each message.
    pub(super) fn prompt_tokens(&self) -> u64 {
        let tokens = |message: &Message| 4 + (message.content.chars().count() as u64).div_ceil(4);
        3 + self.messages.iter().map(tokens).sum::<u64>()
    }

    /// The words among which a question asks to choose: what stands between `one of:` and a full
    /// stop.
    pub(super) fn offered_words(&self) -> impl Iterator<Item = &str> {
        let lists = self.messages.iter().filter_map(|message| {
            let (_, after) = message.content.split_once("one of:")?;
            after.split('.').next()
        });
        lists.flat_map(|list| list.split(',').map(str::trim))
    }

    /// How many tokens the answer may have.
    pub(super) fn most_tokens(&self) -> u64 {
        let most = self.max_completion_tokens.or(self.max_tokens);
        most.unwrap_or(4_096).max(1)
    }

    /// Whether a stream ends with the usage.
    pub(super) fn wants_usage(&self) -> bool {
        let options = self.stream_options.as_ref();
        options.is_some_and(|options| options.include_usage)
    }
}
