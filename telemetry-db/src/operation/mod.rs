#[cfg(any(feature = "sea-orm", feature = "sqlx"))]
mod account;
mod active;
mod bound;
mod connection_path;
mod describe;
mod habits;
mod home;
mod kept;
pub(crate) mod labels;
mod old_names;
mod slow;
mod start;
mod tell;
#[cfg(any(feature = "redis", feature = "sqlx"))]
mod watched;

use std::future::Future;
#[cfg(any(feature = "redis", feature = "sqlx"))]
use std::sync::Arc;

use telemetry_core::{Context, ContextExt, InContext, Span};

#[cfg(feature = "sqlx")]
use crate::Statement;
#[cfg(any(feature = "redis", feature = "sqlx"))]
use crate::instruments::Instruments;
#[cfg(feature = "sqlx")]
use crate::pool::Label;
use active::Active;

#[cfg(any(feature = "sea-orm", feature = "sqlx"))]
pub(crate) use account::Account;
use bound::Bound;
pub(crate) use bound::BoundList;
#[cfg(feature = "sqlx")]
pub(crate) use connection_path::ConnectionPath;

/// One operation on a database under observation: its span, its durations, its
/// rows and, if it was slow, its event.
///
/// The sqlx stand-ins make one for each query. For any other driver, start one
/// when the operation starts, tell it what happens, and end it:
///
/// ```
/// use telemetry_db::{Dialect, Operation, Statement, Target};
/// # struct Client;
/// # struct Failure { code: String }
/// # impl Client {
/// #     async fn query(&self, sql: &str, id: i64) -> Result<Vec<String>, Failure> {
/// #         Ok(vec![sql.to_owned(), id.to_string()])
/// #     }
/// # }
///
/// async fn observed(client: &Client, target: &Target, id: i64) -> Result<Vec<String>, Failure> {
///     let sql = "SELECT name FROM customers WHERE id = $1";
///     let statement = Statement::of(sql, Dialect::Postgres).with_parameters();
///
///     let mut operation = Operation::start(target, &statement);
///     let result = operation.watch(client.query(sql, id)).await;
///     match &result {
///         Ok(rows) => operation.rows(rows.len() as u64),
///         Err(failure) => operation.fail(&failure.code, Some(&failure.code)),
///     }
///     operation.end();
///     result
/// }
/// ```
///
/// It ends exactly once: an operation that is dropped before its end, as when
/// a future is cancelled, is recorded with `telemetry.outcome` = `cancelled`,
/// or `panicked` while the thread unwinds.
///
/// What it emits follows the
/// [conventions for database clients](https://opentelemetry.io/docs/specs/semconv/db/database-spans/):
/// a span of kind client named by the query's summary, and the metrics
/// `db.client.operation.duration` and `db.client.response.returned_rows`.
/// Beyond them: on the span `telemetry.db.wait_time`,
/// `telemetry.db.first_row_time`, `telemetry.db.stream_time`,
/// `telemetry.db.caller_time` (all in seconds) and `telemetry.db.affected_rows`,
/// and the event `telemetry.db.slow_query`.
///
/// Without a pipeline it does nothing.
#[derive(Debug)]
#[must_use = "an operation that is dropped counts as cancelled"]
pub struct Operation(Option<Active>);

impl Operation {
    /// The context in which the operation's span is current.
    #[must_use]
    pub fn context(&self) -> Context {
        self.span().map_or_else(Context::current, |span| span.context().clone())
    }

    /// Runs `future` with the operation's span current.
    pub fn watch<F: Future>(&self, future: F) -> InContext<F> {
        future.in_context(self.context())
    }

    /// Runs `work` with the operation's span current on the calling thread.
    #[inline]
    pub fn in_scope<R>(&self, work: impl FnOnce() -> R) -> R {
        match self.span() {
            Some(span) => span.in_scope(work),
            None => work(),
        }
    }

    /// Ends the operation.
    #[inline]
    pub fn end(mut self) {
        self.finish();
    }

    #[cfg(any(feature = "redis", feature = "sqlx"))]
    pub(crate) fn instruments(&self) -> Option<&Arc<Instruments>> {
        self.0.as_ref().map(|active| active.home.instruments())
    }

    /// Ends the operation, and gives what there is to be explained if it was
    /// slow and its target wants plans.
    #[cfg(feature = "sqlx")]
    pub(crate) fn end_slow(&mut self) -> Option<(Context, Statement)> {
        let slow = self.0.as_ref().and_then(|active| {
            let explain = active.home.target().inner().explain_slow;
            let slow = explain && active.slow(active.elapsed()).is_some();
            let span = active.span.as_ref().filter(|_| slow)?;
            Some((span.context().clone(), active.statement.clone()))
        });
        self.finish();
        slow
    }

    /// What it runs is called, if anybody watches.
    #[cfg(feature = "sqlx")]
    #[inline]
    pub(crate) fn label(&self) -> Option<Label> {
        self.0.as_ref().map(|active| Label::of(&active.statement))
    }

    /// For how long it has been running, in nanoseconds; zero if nobody watches.
    #[cfg(any(feature = "sea-orm", feature = "sqlx"))]
    #[inline]
    pub(crate) fn elapsed(&self) -> u64 {
        self.0.as_ref().map_or(0, |active| active.elapsed())
    }

    /// The same as [`Operation::paused`] of so many nanoseconds.
    #[cfg(any(feature = "sea-orm", feature = "sqlx"))]
    #[inline]
    pub(crate) fn paused_nanos(&mut self, pause: u64) {
        if let Some(active) = &mut self.0 {
            active.paused = active.paused.saturating_add(pause);
        }
    }

    /// Whether the statement says that it changes rows.
    #[cfg(any(feature = "sea-orm", feature = "sqlx"))]
    pub(crate) fn changes_rows(&self) -> bool {
        self.0.as_ref().is_some_and(|active| active.statement.changes_rows())
    }

    /// Whether anybody watches.
    #[cfg(any(feature = "sea-orm", feature = "sqlx"))]
    #[inline]
    pub(crate) fn is_active(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn finish(&mut self) {
        if let Some(active) = &mut self.0 {
            active.end();
            self.0 = None;
        }
    }

    #[inline]
    fn span(&self) -> Option<&Span> {
        self.0.as_ref()?.span.as_ref()
    }

    #[inline]
    fn span_mut(&mut self) -> Option<&mut Span> {
        self.0.as_mut()?.span.as_mut()
    }
}

impl Drop for Operation {
    #[inline]
    fn drop(&mut self) {
        if self.0.is_some() {
            let panicking = std::thread::panicking();
            self.set_outcome(if panicking { "panicked" } else { "cancelled" });
            self.finish();
        }
    }
}
