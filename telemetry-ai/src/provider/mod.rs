//! Who serves a model, and how a request to one is recognised.

mod anthropic;
mod anthropic_batches;
mod bedrock;
mod cohere;
mod comfyui;
mod endpoint;
mod fal;
mod gemini;
mod gemini_interactions;
mod hosts;
mod media;
mod modal;
mod ollama;
pub(crate) mod openai;
mod picks;
mod protocol;
mod rate_limit;
mod replicate;

use std::{borrow::Cow, fmt};

pub(crate) use comfyui::message as comfyui_message;
pub use endpoint::EndpointRule;
pub(crate) use endpoint::recognise;
#[cfg(feature = "middleware")]
pub(crate) use gemini::operation_asked_after;
pub(crate) use hosts::{webhook_of, wire_of};
pub(crate) use protocol::{HeaderLookup, RequestLine, Stated, Step, Target, Wire};
pub(crate) use rate_limit::{Headroom, headroom};

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
    /// Amazon Bedrock.
    AWS_BEDROCK = "aws.bedrock";
    /// Cerebras; not among the conventions' values.
    CEREBRAS = "cerebras";
    /// Cohere.
    COHERE = "cohere";
    /// ComfyUI, on a server of your own or in its cloud; not among the conventions' values.
    COMFYUI = "comfyui";
    /// DeepSeek.
    DEEPSEEK = "deepseek";
    /// fal; not among the conventions' values.
    FAL_AI = "fal_ai";
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
    /// Replicate; not among the conventions' values.
    REPLICATE = "replicate";
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

    /// The reading of a response that was made before; it uses nothing anew.
    pub const FETCH_RESPONSE: Self = Self(Cow::Borrowed("fetch_response"));
    /// The generation of pictures. The conventions have no value for it, nor for those that follow.
    pub const GENERATE_IMAGE: Self = Self(Cow::Borrowed("generate_image"));
    /// The generation of films.
    pub const GENERATE_VIDEO: Self = Self(Cow::Borrowed("generate_video"));
    /// The enlargement of pictures or films.
    pub const UPSCALE: Self = Self(Cow::Borrowed("upscale"));
    /// The training of a model.
    pub const TRAIN: Self = Self(Cow::Borrowed("train"));
    /// Speech to text.
    pub const TRANSCRIBE: Self = Self(Cow::Borrowed("transcribe"));
    /// Text to speech.
    pub const SPEECH: Self = Self(Cow::Borrowed("speech"));
    /// The reordering of documents by a model.
    pub const RERANK: Self = Self(Cow::Borrowed("rerank"));
    /// Many requests at once, answered within a day.
    pub const BATCH: Self = Self(Cow::Borrowed("batch"));

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

    /// Whether a model generates something, which the conventions measure by instruments of its
    /// own.
    pub(crate) fn is_inference(&self) -> bool {
        !matches!(
            self.as_str(),
            "embeddings" | "retrieval" | "rerank" | "fetch_response" | "train" | "batch"
        )
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
