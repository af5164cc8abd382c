//! Calls of AI models, observed: how long they took, what they used, what they cost, and who caused
//! them.
//!
//! One middleware for `reqwest` (and a layer for `tower`) recognises the calls of OpenAI, Azure,
//! Anthropic, Gemini, Vertex AI, Bedrock, Cohere, Replicate, fal, Modal, ComfyUI, Ollama and whoever
//! speaks OpenAI's protocol: chats, embeddings, images, sound, videos, trainings and batches, plain,
//! streamed, and as jobs. Of each it makes:
//!
//! * one client span `{operation} {model}` with the `gen_ai.*` attributes of the OpenTelemetry GenAI
//!   conventions;
//! * the conventions' metrics: `gen_ai.client.inference.duration`, `.time_to_first_chunk`,
//!   `.time_per_output_chunk` and the token counters `.usage.*`;
//! * its cost in exact decimals, from what the provider states or from a versioned table of prices,
//!   on the span, in the counter `telemetry.gen_ai.cost`, in [`spend()`] to the last digit, and
//!   handed back to the application as a [`CostHandle`];
//! * who caused it, by the baggage of the current context ([`Attribution`]).
//!
//! Agents, workflows and tools that make these calls have spans of their own ([`Invocation`],
//! [`Workflow`]).
//!
//! ```
//! # #[cfg(feature = "middleware")] {
//! use reqwest_middleware::ClientBuilder;
//!
//! let ai = ClientBuilder::new(reqwest::Client::new())
//!     .with(telemetry_ai::Middleware::new())
//!     .build();
//! # let _ = ai;
//! # }
//! ```
//!
//! Without a pipeline (`telemetry_export::init!`) it passes everything through and does nothing.
//!
//! # What is measured
//!
//! The conventions' names are those of `semantic-conventions-genai` after its rename of 2026
//! (`gen_ai.client.inference.*`); all of them are still in development there, and the cost
//! attributes (`gen_ai.usage.cost.*`) a draft. Names that the conventions lack are ours:
//!
//! | name | is | with |
//! |---|---|---|
//! | `telemetry.gen_ai.cost` | counter, `{USD}` | operation, provider, models, `tenant.id` |
//! | `telemetry.gen_ai.requests` | counter, `{request}` | the same, `telemetry.gen_ai.cost.status`, `error.type`, `telemetry.outcome` |
//! | `telemetry.gen_ai.unpriced` | counter, `{request}` | operation, provider, models, `telemetry.gen_ai.unpriced.reason` |
//! | `telemetry.gen_ai.cost.of_trouble` | counter, `{USD}` | as the cost, `telemetry.gen_ai.trouble`: `failed`, `cancelled`, `retried` |
//! | `telemetry.gen_ai.cost.cache_savings` | up-down counter, `{USD}`, and attribute | as the cost |
//! | `telemetry.gen_ai.cache.missed` | counter, `{request}` | as the cost |
//! | `telemetry.gen_ai.budget.used` | gauge, a share | `telemetry.gen_ai.budget.name`, `.key` |
//! | `telemetry.gen_ai.budget.refused` | counter, `{request}` | provider, `telemetry.gen_ai.budget.name` |
//! | `telemetry.gen_ai.budget.threshold` | event | `telemetry.gen_ai.budget.name`, `.key`, `.threshold_percent`, `.spent`, `.limit` |
//! | `telemetry.gen_ai.cost.status` | attribute | `exact`, `partial`, `estimated`, `unpriced` |
//! | `telemetry.gen_ai.cost.table`, `.model` | attributes | the table's version, and the model whose price was used |
//! | `telemetry.gen_ai.usage.unavailable` | attribute | why a body could not be read: `encoding`, `content_type`, `framing` |
//!
//! Parameters, units, jobs, limits and attempts have names of ours too: `docs/AI.md` lists them all,
//! and says which of a provider's requests are what.
//!
//! OpenAI sends the usage of a streamed chat completion only if the request asks for it, with
//! `"stream_options": {"include_usage": true}`. Requests are never changed, so a stream without it
//! is counted as unpriced.
//!
//! # Feature flags
//!
//! * `middleware` (default): the middleware for `reqwest` 0.13 and `reqwest-middleware` 0.5.
//! * `tower`: a layer for clients that are services of `http` requests.
//!
//! Without either, what remains is [`Call`], to observe other clients, and the prices.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(any(feature = "middleware", feature = "tower")),
    allow(
        dead_code,
        unused_imports,
        reason = "what recognises requests is for the clients' layers"
    )
)]

mod attribution;
mod call;
mod comfy_progress;
mod content;
mod conventions;
mod error_code;
mod instruments;
mod invocation;
mod jobs;
#[cfg(feature = "middleware")]
mod middleware;
mod names;
mod price;
mod provider;
mod reconcile;
mod request;
mod settings;
mod stream;
#[cfg(feature = "tower")]
pub mod tower;
mod usage;
mod watch;

pub use attribution::{
    Attribution, Budget, BudgetExceeded, BudgetWindow, DailySpend, SpendRow, spend, spend_by_day,
    spend_by_day_in, spend_in,
};
pub use call::{Call, CallBuilder, CostHandle};
pub use comfy_progress::ComfyProgress;
pub use content::Content;
pub use conventions::Conventions;
pub use invocation::{Invocation, Running, Workflow};
pub use jobs::{JobToken, JobTokenError, Jobs};
#[cfg(feature = "middleware")]
pub use middleware::{Attempts, Middleware, MiddlewareBuilder};
pub use price::{
    AiCost, CostSource, CostStatus, ModelPrice, PriceFileError, PriceQuery, PriceTable, RateKind,
    ServiceTier, UnpricedReason,
};
pub use provider::{EndpointRule, Operation, Provider};
pub use reconcile::{Bill, BillError, Reconciled, Reconciliation};
pub use request::RequestParameters;
pub use rust_decimal::Decimal;
pub use settings::Settings;
use telemetry_core::Scope;
pub use usage::{CacheWrites, Iteration, Modalities, Sparse, Terms, ToolUse, Units, Usage};

/// The instrumentation scope of everything made here.
pub(crate) static SCOPE: Scope = Scope::new("telemetry-ai", env!("CARGO_PKG_VERSION"));

/// The manual's examples compile.
#[cfg(all(doctest, feature = "middleware"))]
#[doc = include_str!("../../docs/AI.md")]
pub struct Manual;

/// So do those of what calls cost.
#[cfg(all(doctest, feature = "middleware"))]
#[doc = include_str!("../../docs/AI_COST.md")]
pub struct CostManual;
