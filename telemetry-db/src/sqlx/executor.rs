use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use sqlx_core::Either;
use sqlx_core::describe::Describe;
use sqlx_core::error::Error;
use sqlx_core::executor::{Execute, Executor};
use sqlx_core::sql_str::SqlStr;

use super::database::{Step, TelemetryDatabase};
use super::parts::Parts;
use super::stream::QueryStream;
use super::{Connection, Pool, PoolConnection, Transaction};

/// Implements `Executor` by way of `fn source(self) -> Source`.
macro_rules! executor {
    ([$($generics:tt)*] $lifetime:lifetime, $type:ty) => {
        impl<$($generics)* DB: TelemetryDatabase> Executor<$lifetime> for $type {
            type Database = DB;

            #[track_caller]
            fn execute<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> BoxFuture<'e, Result<DB::QueryResult, Error>>
            where
                $lifetime: 'e,
                E: 'q + Execute<'q, DB>,
            {
                let source = self.source();
                let query = Parts::of(query);
                Box::pin(async move {
                    let mut total = DB::QueryResult::default();
                    source
                        .run(query, false, |step| {
                            if let Either::Left(result) = step {
                                total.extend([result]);
                            }
                        })
                        .await?;
                    Ok(total)
                })
            }

            #[track_caller]
            fn fetch<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Result<DB::Row, Error>>
            where
                $lifetime: 'e,
                E: 'q + Execute<'q, DB>,
            {
                Box::pin(QueryStream::new(self.source(), Parts::of(query)).rows())
            }

            #[track_caller]
            fn fetch_many<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> BoxStream<'e, Result<Step<DB>, Error>>
            where
                $lifetime: 'e,
                E: 'q + Execute<'q, DB>,
            {
                Box::pin(QueryStream::new(self.source(), Parts::of(query)))
            }

            #[track_caller]
            fn fetch_all<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> BoxFuture<'e, Result<Vec<DB::Row>, Error>>
            where
                $lifetime: 'e,
                E: 'q + Execute<'q, DB>,
            {
                let source = self.source();
                let query = Parts::of(query);
                Box::pin(async move {
                    let mut rows = Vec::new();
                    source
                        .run(query, true, |step| {
                            if let Either::Right(row) = step {
                                rows.push(row);
                            }
                        })
                        .await?;
                    Ok(rows)
                })
            }

            #[track_caller]
            fn fetch_optional<'e, 'q: 'e, E>(
                self,
                query: E,
            ) -> BoxFuture<'e, Result<Option<DB::Row>, Error>>
            where
                $lifetime: 'e,
                E: 'q + Execute<'q, DB>,
            {
                self.source().fetch_optional(Parts::of(query))
            }

            #[track_caller]
            fn prepare_with<'e>(
                self,
                sql: SqlStr,
                parameters: &'e [DB::TypeInfo],
            ) -> BoxFuture<'e, Result<DB::Statement, Error>>
            where
                $lifetime: 'e,
            {
                Box::pin(self.source().prepare(sql, parameters))
            }

            #[track_caller]
            fn describe<'e>(self, sql: SqlStr) -> BoxFuture<'e, Result<Describe<DB>, Error>>
            where
                $lifetime: 'e,
            {
                Box::pin(self.source().describe(sql))
            }
        }
    };
}

executor!(['p,] 'p, &'_ Pool<DB>);
executor!(['t, 'c: 't,] 't, &'t mut Connection<'c, DB>);
executor!(['t, 'c: 't,] 't, &'t mut Transaction<'c, DB>);
executor!(['t,] 't, &'t mut PoolConnection<DB>);
