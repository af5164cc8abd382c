//! The errors of sqlx, which sea-orm hands on.

use std::borrow::Cow;

use sqlx_core::error::Error;

#[cfg(feature = "sqlx")]
use crate::Operation;

/// Notes a failure on the operation it ended.
///
/// An error of the database has its own code, an extended result code of
/// SQLite, an SQLSTATE of PostgreSQL or an error number of MySQL, both as `error.type` and as
/// `db.response.status_code`. Any other error has a short name for its kind.
/// Messages are never kept: they may quote values.
#[cfg(feature = "sqlx")]
pub(crate) fn note<T>(operation: &mut Operation, result: &Result<T, Error>) {
    if let Err(error) = result {
        let (name, code) = classify(error);
        operation.fail(&name, code.then_some(&*name));
    }
}

/// The name of an error, and whether it is the database's own code.
pub(crate) fn classify(error: &Error) -> (Cow<'_, str>, bool) {
    let name = match error {
        #[cfg(feature = "mysql")]
        Error::Database(error)
            if let Some(error) = error.try_downcast_ref::<sqlx_mysql::MySqlDatabaseError>() =>
        {
            // Its SQLSTATE is the same for most errors; the conventions ask for
            // the number.
            return (error.number().to_string().into(), true);
        }
        Error::Database(error) => match error.code() {
            Some(code) => return (code, true),
            None => "database_error",
        },
        Error::Configuration(_) => "configuration_error",
        Error::InvalidArgument(_) => "invalid_argument",
        Error::Io(_) => "network_error",
        Error::Tls(_) => "tls_error",
        Error::Protocol(_) => "protocol_error",
        Error::TypeNotFound { .. } => "type_not_found",
        Error::ColumnIndexOutOfBounds { .. } => "column_index_out_of_bounds",
        Error::ColumnNotFound(_) => "column_not_found",
        Error::ColumnDecode { .. } | Error::Decode(_) => "decode_error",
        Error::Encode(_) => "encode_error",
        Error::PoolTimedOut => "pool_timed_out",
        Error::PoolClosed => "pool_closed",
        Error::WorkerCrashed => "worker_crashed",
        Error::InvalidSavePointStatement => "invalid_savepoint_statement",
        Error::BeginFailed => "begin_failed",
        _ => "_OTHER",
    };
    (name.into(), false)
}
