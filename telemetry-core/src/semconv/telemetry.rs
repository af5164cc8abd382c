//! Names of our own.

/// How an operation ended that neither succeeded nor failed: `cancelled`, `client_disconnected`, `panicked`.
pub const OUTCOME: &str = "telemetry.outcome";

/// Why a trace was kept that the sampler had left out.
pub const KEPT_BECAUSE: &str = "telemetry.kept_because";
