//! Databases.

/// The database system: `sqlite`, `postgresql` …
pub const SYSTEM_NAME: &str = "db.system.name";

/// The database within the server.
pub const NAMESPACE: &str = "db.namespace";

/// The table or collection.
pub const COLLECTION_NAME: &str = "db.collection.name";

/// The operation.
pub const OPERATION_NAME: &str = "db.operation.name";

/// Operations in a batch.
pub const OPERATION_BATCH_SIZE: &str = "db.operation.batch.size";

/// Operations and targets of the query, of few different values.
pub const QUERY_SUMMARY: &str = "db.query.summary";

/// The text of the query, without literals.
pub const QUERY_TEXT: &str = "db.query.text";

/// The status that the database returned.
pub const RESPONSE_STATUS_CODE: &str = "db.response.status_code";

/// Rows that were read.
pub const RESPONSE_RETURNED_ROWS: &str = "db.response.returned_rows";

/// The name of the pool.
pub const CLIENT_CONNECTION_POOL_NAME: &str = "db.client.connection.pool.name";

/// `idle` or `used`.
pub const CLIENT_CONNECTION_STATE: &str = "db.client.connection.state";

/// Histogram of operations, in seconds.
pub const CLIENT_OPERATION_DURATION: &str = "db.client.operation.duration";

/// Histogram of the rows that operations returned.
pub const CLIENT_RESPONSE_RETURNED_ROWS: &str = "db.client.response.returned_rows";

/// Connections by state.
pub const CLIENT_CONNECTION_COUNT: &str = "db.client.connection.count";

/// The most connections that may be open.
pub const CLIENT_CONNECTION_MAX: &str = "db.client.connection.max";

/// The most connections that may be open and free.
pub const CLIENT_CONNECTION_IDLE_MAX: &str = "db.client.connection.idle.max";

/// The fewest connections that are kept open and free.
pub const CLIENT_CONNECTION_IDLE_MIN: &str = "db.client.connection.idle.min";

/// Requests that wait for a connection.
pub const CLIENT_CONNECTION_PENDING_REQUESTS: &str = "db.client.connection.pending_requests";

/// Requests for which the pool gave up.
pub const CLIENT_CONNECTION_TIMEOUTS: &str = "db.client.connection.timeouts";

/// Histogram of waits for a connection, in seconds.
pub const CLIENT_CONNECTION_WAIT_TIME: &str = "db.client.connection.wait_time";

/// Histogram of the times that connections were lent, in seconds.
pub const CLIENT_CONNECTION_USE_TIME: &str = "db.client.connection.use_time";
