//! Names that the conventions lack; ours live under `telemetry.`.

/// Counter of US dollars.
pub(crate) const COST: &str = "telemetry.gen_ai.cost";
/// Counter of finished calls.
pub(crate) const REQUESTS: &str = "telemetry.gen_ai.requests";
/// Counter of finished calls without a cost.
pub(crate) const UNPRICED: &str = "telemetry.gen_ai.unpriced";

/// How far a cost can be trusted: `exact`, `partial`, `estimated`, `unpriced`.
pub(crate) const COST_STATUS: &str = "telemetry.gen_ai.cost.status";
/// The version of the price table that a cost was computed from.
pub(crate) const COST_TABLE: &str = "telemetry.gen_ai.cost.table";
/// The model whose price was used.
pub(crate) const COST_MODEL: &str = "telemetry.gen_ai.cost.model";
/// Why there is no cost.
pub(crate) const UNPRICED_REASON: &str = "telemetry.gen_ai.unpriced.reason";
/// Why a body could not be read for its usage.
pub(crate) const USAGE_UNAVAILABLE: &str = "telemetry.gen_ai.usage.unavailable";

/// Which of OpenAI's APIs a call used; of the conventions.
pub(crate) const OPENAI_API_TYPE: &str = "openai.api.type";
/// The service tier asked for; of the conventions.
pub(crate) const OPENAI_REQUEST_SERVICE_TIER: &str = "openai.request.service_tier";
/// The service tier that served; of the conventions.
pub(crate) const OPENAI_RESPONSE_SERVICE_TIER: &str = "openai.response.service_tier";
/// The fingerprint of the serving system; of the conventions.
pub(crate) const OPENAI_RESPONSE_SYSTEM_FINGERPRINT: &str = "openai.response.system_fingerprint";
