//! Who serves a model, and how a request to one is recognised.

#[cfg(feature = "middleware")]
mod endpoint;
mod openai;

use std::{borrow::Cow, fmt};

#[cfg(feature = "middleware")]
pub use endpoint::EndpointRule;
#[cfg(feature = "middleware")]
pub(crate) use endpoint::{Recognised, recognise};
pub(crate) use openai::parse_request;

/// Who serves a model: the value of `gen_ai.provider.name`.
///
/// The constants are the conventions' own values and, for providers that they don't name, ours. A
/// compatible endpoint on a host that nobody declared is [`Provider::OTHER`].
///
/// ```
/// use telemetry_ai::Provider;
///
/// assert_eq!(Provider::OPENAI.as_str(), "openai");
/// assert_eq!(Provider::new("vllm").as_str(), "vllm");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Provider(Cow<'static, str>);

macro_rules! providers {
    ($($(#[$doc:meta])* $name:ident = $value:literal;)*) => {
        impl Provider {
            $($(#[$doc])* pub const $name: Self = Self(Cow::Borrowed($value));)*
        }
    };
}

providers! {
    /// Anthropic.
    ANTHROPIC = "anthropic";
    /// Azure AI Inference.
    AZURE_AI_INFERENCE = "azure.ai.inference";
    /// Azure OpenAI.
    AZURE_OPENAI = "azure.ai.openai";
    /// Cerebras; not among the conventions' values.
    CEREBRAS = "cerebras";
    /// Cohere.
    COHERE = "cohere";
    /// DeepSeek.
    DEEPSEEK = "deepseek";
    /// Fireworks; not among the conventions' values.
    FIREWORKS_AI = "fireworks_ai";
    /// Gemini, by Google's AI Studio.
    GEMINI = "gcp.gemini";
    /// Groq.
    GROQ = "groq";
    /// Mistral.
    MISTRAL_AI = "mistral_ai";
    /// Modal; not among the conventions' values.
    MODAL = "modal";
    /// Moonshot.
    MOONSHOT_AI = "moonshot_ai";
    /// Ollama; not among the conventions' values.
    OLLAMA = "ollama";
    /// OpenAI itself, not those who speak its protocol.
    OPENAI = "openai";
    /// OpenRouter; not among the conventions' values.
    OPENROUTER = "openrouter";
    /// An endpoint whose provider isn't known, in the way that the conventions write "none of the
    /// known".
    OTHER = "_OTHER";
    /// Perplexity.
    PERPLEXITY = "perplexity";
    /// Together; not among the conventions' values.
    TOGETHER_AI = "together_ai";
    /// Vertex AI, by Google.
    VERTEX_AI = "gcp.vertex_ai";
    /// vLLM; not among the conventions' values.
    VLLM = "vllm";
    /// xAI.
    X_AI = "x_ai";
}

impl Provider {
    /// A provider by the value that it shall be recorded under.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self(name.into())
    }

    /// The value as it is recorded.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// What a call does: the value of `gen_ai.operation.name`.
///
/// ```
/// use telemetry_ai::Operation;
///
/// assert_eq!(Operation::CHAT.as_str(), "chat");
/// assert_eq!(Operation::new("generate_image").as_str(), "generate_image");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Operation(Cow<'static, str>);

impl Operation {
    /// A chat completion.
    pub const CHAT: Self = Self(Cow::Borrowed("chat"));
    /// A text completion of the older kind.
    pub const TEXT_COMPLETION: Self = Self(Cow::Borrowed("text_completion"));
    /// The generation of content of several kinds.
    pub const GENERATE_CONTENT: Self = Self(Cow::Borrowed("generate_content"));
    /// The computation of embeddings.
    pub const EMBEDDINGS: Self = Self(Cow::Borrowed("embeddings"));

    /// An operation by the value that it shall be recorded under. Where one of the conventions'
    /// values applies, it must be used.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>) -> Self {
        Self(name.into())
    }

    /// The value as it is recorded.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
