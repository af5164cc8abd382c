//! Names of what the conventions have no name for.

/// The event of a slow operation, at severity WARN.
pub const SLOW_QUERY: &str = "telemetry.db.slow_query";

/// On the event: how long the database took, in seconds (double), without the
/// wait for a connection and the caller's own time.
pub const DURATION: &str = "telemetry.db.duration";

/// How long the operation waited for a connection of the pool, in seconds
/// (double).
pub const WAIT_TIME: &str = "telemetry.db.wait_time";

/// How long the caller took between the rows of a stream, in seconds (double).
pub const CALLER_TIME: &str = "telemetry.db.caller_time";

/// How many rows the operation inserted, updated or deleted (int).
pub const AFFECTED_ROWS: &str = "telemetry.db.affected_rows";
