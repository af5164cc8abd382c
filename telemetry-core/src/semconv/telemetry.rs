//! Names of our own.

/// How an operation ended: `cancelled`, `client_disconnected`, `panicked`, `fallback`; for those of
/// [`Operation`](crate::Operation) also `success` and `error`.
pub const OUTCOME: &str = "telemetry.outcome";

/// Set to true on a span, it marks the trace as one to keep, whatever the sampler decided
/// ([`Tail`](crate::Tail)).
pub const KEEP: &str = "telemetry.keep";

/// Why a trace was kept that the sampler had left out.
pub const KEPT_BECAUSE: &str = "telemetry.kept_because";

/// The name of an [`Operation`](crate::Operation), on its metrics and on the events of its retries.
pub const OPERATION_NAME: &str = "telemetry.operation.name";

/// The event of a retry.
pub const OPERATION_RETRY: &str = "telemetry.operation.retry";

/// How often an [`Operation`](crate::Operation) was tried.
pub const OPERATION_ATTEMPTS: &str = "telemetry.operation.attempts";

/// How many events one stands for that was kept of a share.
pub const ADJUSTED_COUNT: &str = "telemetry.adjusted_count";

/// The id of the request that work is done for, in all services that it goes through.
pub const REQUEST_ID: &str = "request.id";
