//! Names of what the conventions have no name for.

/// The event of a slow operation, at severity WARN.
pub const SLOW_QUERY: &str = "telemetry.db.slow_query";

/// On the event: how long the database took, in seconds (double), without the
/// wait for a connection and the caller's own time.
pub const DURATION: &str = "telemetry.db.duration";

/// The event of the plan of a slow query, at severity INFO.
pub const QUERY_PLAN: &str = "telemetry.db.query_plan";

/// On it: the plan as the database tells it, at most 8 KiB.
pub const PLAN: &str = "telemetry.db.plan";

/// How long the operation waited for a connection of the pool, in seconds
/// (double).
pub const WAIT_TIME: &str = "telemetry.db.wait_time";

/// How long the caller of a stream had a row, or took those that had come
/// already, in seconds (double): until it asked for one that had not come yet.
pub const CALLER_TIME: &str = "telemetry.db.caller_time";

/// How long after it had its connection the first row came, or the result
/// where there is no row, in seconds (double).
pub const FIRST_ROW_TIME: &str = "telemetry.db.first_row_time";

/// How long the rest of the rows took, without the caller's own time, in
/// seconds (double).
pub const STREAM_TIME: &str = "telemetry.db.stream_time";

/// Where the connection came from: `idle` if one was free, `new` if one had
/// to be opened, `queued` if all were lent. It is how the pool stood when the
/// wait began.
pub const CONNECTION_PATH: &str = "telemetry.db.connection.path";

/// Gauge of the share of a pool's connections that are lent, of those that it
/// may open.
pub const CONNECTION_UTILIZATION: &str = "telemetry.db.connection.utilization";

/// The event of a wait for a connection that was too long or in vain, at
/// severity WARN: it names those who have the connections.
pub const POOL_EXHAUSTED: &str = "telemetry.db.pool.exhausted";

/// The event of a wait for a second connection in one trace, at severity
/// WARN.
pub const NESTED_ACQUIRE: &str = "telemetry.db.pool.nested_acquire";

/// The event of a connection that has not come back for long, at severity
/// WARN.
pub const CONNECTION_OVERDUE: &str = "telemetry.db.connection.overdue";

/// On these events: who has the connections, the longest first, each for how
/// long, running a query or idle in the application, from which line of code,
/// in which trace and span (strings).
pub const POOL_HOLDERS: &str = "telemetry.db.pool.holders";

/// On these events: how many connections are lent (int).
pub const POOL_LENT: &str = "telemetry.db.pool.lent";

/// On these events: how many wait for one (int).
pub const POOL_PENDING: &str = "telemetry.db.pool.pending";

/// How many rows the operation inserted, updated or deleted (int).
pub const AFFECTED_ROWS: &str = "telemetry.db.affected_rows";

/// How many of the keys or fields that a command asked for were there (int).
pub const HITS: &str = "telemetry.db.hits";

/// How many of them were not (int).
pub const MISSES: &str = "telemetry.db.misses";

/// Counter of the keys and fields that commands asked for.
pub const LOOKUPS: &str = "telemetry.db.lookups";

/// On the counter: `hit` or `miss`.
pub const LOOKUP_RESULT: &str = "telemetry.db.lookup.result";

/// On the counter: what of the key may be shown, or `_OTHER`.
pub const KEY_PREFIX: &str = "telemetry.db.key.prefix";

/// Gauge, 1 while the server answers and 0 while it does not.
pub const CONNECTION_UP: &str = "telemetry.db.connection.up";

/// Counter of the times that a lost connection answered again.
pub const CONNECTION_RECONNECTS: &str = "telemetry.db.connection.reconnects";

/// Counter of errors, by `error.type`.
pub const CONNECTION_ERRORS: &str = "telemetry.db.connection.errors";

/// The event of one query for each row of another one, at severity WARN.
pub const N_PLUS_ONE: &str = "telemetry.db.n_plus_one";

/// On the spans of such queries: how many there were by then (int).
pub const N_PLUS_ONE_REPEATS: &str = "telemetry.db.n_plus_one.repeats";

/// The event of reads of single keys one after the other, at severity WARN.
pub const SERIAL_READS: &str = "telemetry.db.serial_reads";

/// On the spans of such reads: how many there were by then (int).
pub const SERIAL_READS_REPEATS: &str = "telemetry.db.serial_reads.repeats";

/// The event of a query whose text is a new one each time, at severity WARN.
pub const STATEMENT_THRASH: &str = "telemetry.db.statement_thrash";

/// On these events: which query it is, whatever its values.
pub const FINGERPRINT: &str = "telemetry.db.fingerprint";

/// On these events: how often by then (int).
pub const REPEATS: &str = "telemetry.db.repeats";

/// On [`N_PLUS_ONE`]: the summary of the query that returned the rows.
pub const SOURCE_SUMMARY: &str = "telemetry.db.source.summary";

/// On [`N_PLUS_ONE`]: how many rows that were (int).
pub const SOURCE_ROWS: &str = "telemetry.db.source.rows";

/// On [`STATEMENT_THRASH`]: about how many texts there were (int).
pub const DISTINCT_TEXTS: &str = "telemetry.db.distinct_texts";

/// The convention's name for a stored procedure: the digest of a script, the
/// name of a function.
#[cfg(feature = "redis")]
pub(crate) const STORED_PROCEDURE_NAME: &str = "db.stored_procedure.name";
