use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use sqlx_core::Either;
use sqlx_core::connection::Connection;
use sqlx_core::database::Database;
use sqlx_core::describe::Describe;
use sqlx_core::error::Error;
use sqlx_core::sql_str::SqlStr;

use super::parts::Parts;
use crate::{Dialect, Target};

/// A sqlx driver that has a stand-in here. Implemented for the drivers whose
/// feature is on; use it as the bound of code that is generic over them.
///
/// ```
/// use telemetry_db::sqlx::{Pool, TelemetryDatabase};
///
/// fn in_use<DB: TelemetryDatabase>(pool: &Pool<DB>) -> usize {
///     (pool.size() as usize).saturating_sub(pool.num_idle())
/// }
/// ```
// The calls of the driver are methods here, because a bound
// `for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>` overflows the
// compiler's search (E0275) in code that is generic over `DB`.
pub trait TelemetryDatabase: Database + sealed::Sealed {
    /// `db.system.name`.
    const SYSTEM: &'static str;
    /// How its SQL is read.
    const DIALECT: Dialect;
    /// Whether all of the driver's own work is done on a thread of its own, so
    /// that nothing that could be observed runs where its futures are polled.
    #[doc(hidden)]
    const WORKS_ELSEWHERE: bool;

    /// What connections with `options` talk to.
    fn target(options: &<Self::Connection as Connection>::Options) -> Target;

    #[doc(hidden)]
    fn rows_affected(result: &Self::QueryResult) -> u64;

    #[doc(hidden)]
    fn fetch_many<'e>(
        connection: &'e mut Self::Connection,
        query: Parts<Self>,
    ) -> BoxStream<'e, Result<Step<Self>, Error>>;

    #[doc(hidden)]
    fn fetch_optional<'e>(
        connection: &'e mut Self::Connection,
        query: Parts<Self>,
    ) -> BoxFuture<'e, Result<Option<Self::Row>, Error>>;

    #[doc(hidden)]
    fn prepare_with<'e>(
        connection: &'e mut Self::Connection,
        sql: SqlStr,
        parameters: &'e [Self::TypeInfo],
    ) -> BoxFuture<'e, Result<Self::Statement, Error>>;

    /// The statement that asks for the plan of `sql` without running it; none
    /// if it cannot be asked.
    #[doc(hidden)]
    fn explain(sql: &str) -> Option<String>;

    /// Whether the server that this connection is to knows how to answer that.
    #[doc(hidden)]
    fn knows(connection: &Self::Connection, explain: &str) -> bool;

    #[doc(hidden)]
    fn plan(
        connection: &mut Self::Connection,
        explain: String,
    ) -> BoxFuture<'_, Result<Vec<String>, Error>>;

    #[doc(hidden)]
    fn describe<'e>(
        connection: &'e mut Self::Connection,
        sql: SqlStr,
    ) -> BoxFuture<'e, Result<Describe<Self>, Error>>;
}

/// What a query gives one after the other: rows, and after those of each
/// statement what it did.
pub(super) type Step<DB> = Either<<DB as Database>::QueryResult, <DB as Database>::Row>;

pub(super) mod sealed {
    pub trait Sealed {}
}

/// Implements [`TelemetryDatabase`] for a driver of sqlx. The last four are
/// whether it works elsewhere, the statement that explains another, whether a
/// server knows it, and the column of its answer.
#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
macro_rules! telemetry_database {
    (
        $database:ty, $system:literal, $dialect:expr, $target:expr,
        $elsewhere:literal, $explain:expr, $knows:expr, $column:literal
    ) => {
        impl $crate::sqlx::database::sealed::Sealed for $database {}

        impl $crate::sqlx::TelemetryDatabase for $database {
            const SYSTEM: &'static str = $system;
            const DIALECT: $crate::Dialect = $dialect;
            const WORKS_ELSEWHERE: bool = $elsewhere;

            fn target(
                options: &<Self::Connection as sqlx_core::connection::Connection>::Options,
            ) -> $crate::Target {
                $target($crate::Target::new($system), options)
            }

            fn rows_affected(result: &Self::QueryResult) -> u64 {
                result.rows_affected()
            }

            fn fetch_many<'e>(
                connection: &'e mut Self::Connection,
                query: $crate::sqlx::parts::Parts<Self>,
            ) -> futures_core::stream::BoxStream<
                'e,
                Result<$crate::sqlx::database::Step<Self>, sqlx_core::Error>,
            > {
                sqlx_core::executor::Executor::fetch_many(connection, query)
            }

            fn fetch_optional<'e>(
                connection: &'e mut Self::Connection,
                query: $crate::sqlx::parts::Parts<Self>,
            ) -> futures_core::future::BoxFuture<'e, Result<Option<Self::Row>, sqlx_core::Error>>
            {
                sqlx_core::executor::Executor::fetch_optional(connection, query)
            }

            fn prepare_with<'e>(
                connection: &'e mut Self::Connection,
                sql: sqlx_core::sql_str::SqlStr,
                parameters: &'e [Self::TypeInfo],
            ) -> futures_core::future::BoxFuture<'e, Result<Self::Statement, sqlx_core::Error>>
            {
                sqlx_core::executor::Executor::prepare_with(connection, sql, parameters)
            }

            fn explain(sql: &str) -> Option<String> {
                $explain(sql)
            }

            fn knows(connection: &Self::Connection, explain: &str) -> bool {
                $knows(connection, explain)
            }

            fn plan(
                connection: &mut Self::Connection,
                explain: String,
            ) -> futures_core::future::BoxFuture<'_, Result<Vec<String>, sqlx_core::Error>> {
                use sqlx_core::executor::Executor;
                use sqlx_core::row::Row;
                use sqlx_core::sql_str::AssertSqlSafe;

                Box::pin(async move {
                    let explain = sqlx_core::raw_sql::raw_sql(AssertSqlSafe(explain));
                    let rows = connection.fetch_all(explain).await?;
                    rows.iter().map(|row| row.try_get::<String, _>($column)).collect()
                })
            }

            fn describe<'e>(
                connection: &'e mut Self::Connection,
                sql: sqlx_core::sql_str::SqlStr,
            ) -> futures_core::future::BoxFuture<
                'e,
                Result<sqlx_core::describe::Describe<Self>, sqlx_core::Error>,
            > {
                sqlx_core::executor::Executor::describe(connection, sql)
            }
        }
    };
}

#[cfg(any(feature = "mysql", feature = "postgres", feature = "sqlite"))]
pub(super) use telemetry_database;
