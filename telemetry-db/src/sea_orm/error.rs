use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};

use crate::{Operation, sqlx_error};

/// Notes a failure on the operation it ended: the database's own code, or a
/// short name for the kind of error. Messages are never kept.
pub(super) fn note<T>(operation: &mut Operation, result: &Result<T, DbErr>) {
    let Err(error) = result else { return };
    let name = match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => {
            let (name, code) = sqlx_error::classify(error);
            operation.fail(&name, code.then_some(&*name));
            return;
        }
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => "pool_timed_out",
        DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed) => "pool_closed",
        DbErr::Conn(_) => "connection_error",
        DbErr::Exec(_) => "execution_error",
        DbErr::Query(_) => "query_error",
        DbErr::Type(_) | DbErr::Json(_) => "decode_error",
        _ => "_OTHER",
    };
    operation.fail(name, None);
}
