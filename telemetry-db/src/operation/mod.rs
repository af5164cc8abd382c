mod bound;
mod habits;
pub(crate) mod labels;
mod old_names;
mod slow;

use std::borrow::Cow;
use std::future::Future;
use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

use telemetry_core::semconv::{code, db, server};
use telemetry_core::{Context, ContextExt, InContext, Pipeline, Span, SpanBuilder, SpanKind};

use crate::instruments::{Instruments, SCOPE};
use crate::names;
use crate::{Statement, Target};

pub(crate) use bound::Bound;

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

#[derive(Debug)]
struct Active {
    span: Span,
    instruments: Arc<Instruments>,
    target: Target,
    statement: Statement,
    rows: Option<u64>,
    affected: Option<u64>,
    wait: Option<Duration>,
    waiting_since: Option<Instant>,
    paused: Duration,
    /// When the first row or the result came, from the start.
    answered: Option<Duration>,
    failure: Option<Failure>,
}

#[derive(Debug)]
struct Failure {
    error_type: Cow<'static, str>,
    is_code: bool,
}

impl Operation {
    /// Starts an operation as a child of the current span.
    #[inline]
    pub fn start(target: &Target, statement: &Statement) -> Self {
        match Pipeline::current() {
            Some(pipeline) => Operation::begin(&pipeline, None, target, statement),
            None => Operation::idle(),
        }
    }

    /// Starts an operation as a child of the span of `parent`.
    pub fn start_in(parent: &Context, target: &Target, statement: &Statement) -> Self {
        match parent.in_scope(Pipeline::current) {
            Some(pipeline) => Operation::begin(&pipeline, Some(parent), target, statement),
            None => Operation::idle(),
        }
    }

    /// Starts an operation that began `ago` before now, as a child of the
    /// current span: for drivers that only tell afterwards how long it took.
    /// It has no wait and no outcome of its own until it is told; call
    /// [`Operation::end`] at once, for its duration runs until then.
    ///
    /// ```
    /// use std::time::Duration;
    /// use telemetry_db::{Dialect, Operation, Statement, Target};
    ///
    /// // What the driver calls after each query.
    /// fn after_query(target: &Target, sql: &str, took: Duration, rows: u64) {
    ///     let statement = Statement::of(sql, Dialect::Postgres);
    ///     let mut operation = Operation::start_ago(target, &statement, took);
    ///     operation.rows(rows);
    ///     operation.end();
    /// }
    /// # after_query(&Target::new("postgresql"), "SELECT 1", Duration::from_millis(2), 1);
    /// ```
    pub fn start_ago(target: &Target, statement: &Statement, ago: Duration) -> Self {
        match Pipeline::current() {
            Some(pipeline) => {
                let start = |span: SpanBuilder| span.start_ago(ago);
                Operation::begin_with(&pipeline, None, target, statement, start)
            }
            None => Operation::idle(),
        }
    }

    /// Nobody watches.
    pub(crate) fn idle() -> Self {
        Operation(None)
    }

    /// Starts beneath `parent`, or else the current span, in `pipeline`.
    pub(crate) fn begin(
        pipeline: &Pipeline,
        parent: Option<&Context>,
        target: &Target,
        statement: &Statement,
    ) -> Self {
        Operation::begin_with(pipeline, parent, target, statement, SpanBuilder::start)
    }

    /// The same with a say in when.
    #[inline]
    fn begin_with(
        pipeline: &Pipeline,
        parent: Option<&Context>,
        target: &Target,
        statement: &Statement,
        start: impl FnOnce(SpanBuilder) -> Span,
    ) -> Self {
        let inner = target.inner();
        let name = statement.name().unwrap_or_else(|| {
            let name = inner.namespace.as_deref().unwrap_or(&inner.system);
            name.to_owned().into()
        });
        let mut span = SpanBuilder::new(&SCOPE, name).kind(SpanKind::Client);
        if let Some(parent) = parent {
            span = span.parent(parent);
        }
        span = span.attribute(db::SYSTEM_NAME, &*inner.system);
        if let Some(namespace) = &inner.namespace {
            span = span.attribute(db::NAMESPACE, &**namespace);
        }
        if let Some((key, name)) = statement.label() {
            span = span.attribute(key, name);
        }
        if let Some(text) = statement.shown(inner.always_sanitized) {
            span = span.attribute(db::QUERY_TEXT, text);
        }
        if inner.old_names {
            span = old_names::on(span, inner, statement);
        }
        if let Some(address) = &inner.address {
            span = span.attribute(server::ADDRESS, &**address);
            if let Some(port) = inner.port {
                span = span.attribute(server::PORT, port);
            }
        }
        Operation(Some(Active {
            span: start(span),
            instruments: Instruments::of(pipeline),
            target: target.clone(),
            statement: statement.clone(),
            rows: None,
            affected: None,
            wait: None,
            waiting_since: None,
            paused: Duration::ZERO,
            answered: None,
            failure: None,
        }))
    }

    /// The context in which the operation's span is current.
    #[must_use]
    pub fn context(&self) -> Context {
        match &self.0 {
            Some(active) => active.span.context().clone(),
            None => Context::current(),
        }
    }

    /// Runs `future` with the operation's span current.
    pub fn watch<F: Future>(&self, future: F) -> InContext<F> {
        future.in_context(self.context())
    }

    /// Runs `work` with the operation's span current on the calling thread.
    #[inline]
    pub fn in_scope<R>(&self, work: impl FnOnce() -> R) -> R {
        match &self.0 {
            Some(active) => active.span.in_scope(work),
            None => work(),
        }
    }

    /// Adds to the rows that the operation returned. Zero is worth saying for
    /// an operation that could have returned some.
    #[inline]
    pub fn rows(&mut self, rows: u64) {
        if let Some(active) = &mut self.0 {
            active.rows = Some(active.rows.unwrap_or(0) + rows);
        }
    }

    /// Adds to the rows that the operation inserted, updated or deleted.
    #[inline]
    pub fn affected(&mut self, rows: u64) {
        if let Some(active) = &mut self.0 {
            active.affected = Some(active.affected.unwrap_or(0) + rows);
        }
    }

    /// Says how many of the keys or fields that the operation asked for were
    /// there, and how many were not: `telemetry.db.hits` and
    /// `telemetry.db.misses` on the span, and the counter
    /// `telemetry.db.lookups`. `prefix` says what kind of keys they are; it is
    /// one of few, never a key.
    ///
    /// ```
    /// use telemetry_db::{Operation, Statement, Target};
    ///
    /// let cache = Target::new("redis");
    /// let mut operation = Operation::start(&cache, &Statement::command("MGET"));
    /// operation.found("session", 2, 1);
    /// operation.end();
    /// ```
    pub fn found(&mut self, prefix: &str, hits: u64, misses: u64) {
        let Some(active) = &mut self.0 else { return };
        active.span.set(names::HITS, hits);
        active.span.set(names::MISSES, misses);
        for (hit, number) in [(true, hits), (false, misses)] {
            if number > 0 {
                let labels = labels::Labels::of_lookup(active.target.inner(), prefix, hit);
                active.instruments.lookups.add(number, labels.as_slice());
            }
        }
    }

    /// Begins to wait for a connection. If the operation ends before
    /// [`Operation::waited`] is called, it waited until then.
    #[inline]
    pub fn begin_wait(&mut self) {
        if let Some(active) = &mut self.0 {
            active.waiting_since = Some(Instant::now());
        }
    }

    /// Says how long the operation waited for its connection: part of its
    /// duration, but no reason to call the query slow.
    #[inline]
    pub fn waited(&mut self, wait: Duration) {
        if let Some(active) = &mut self.0 {
            active.waiting_since = None;
            active.wait = Some(active.wait.unwrap_or_default() + wait);
        }
    }

    /// Says how long the database had to wait for the caller, as between two
    /// rows of a stream: part of the duration, but no reason to call the query
    /// slow.
    #[inline]
    pub fn paused(&mut self, pause: Duration) {
        if let Some(active) = &mut self.0 {
            active.paused += pause;
        }
    }

    /// Says that the first row is here, or the result where there is none:
    /// what the operation took from then on, it took to hand over the rest.
    #[inline]
    pub fn answered(&mut self) {
        if let Some(active) = &mut self.0
            && active.answered.is_none()
        {
            active.answered = Some(active.span.elapsed());
        }
    }

    /// Says which line of the application asked for the operation, for
    /// `code.file.path` and `code.line.number`.
    ///
    /// ```
    /// use std::panic::Location;
    /// use telemetry_db::{Operation, Statement, Target};
    ///
    /// #[track_caller]
    /// fn ping(target: &Target) {
    ///     let mut operation = Operation::start(target, &Statement::named("PING"));
    ///     operation.called_at(Location::caller());
    ///     // ..
    ///     operation.end();
    /// }
    /// # ping(&Target::new("clickhouse"));
    /// ```
    pub fn called_at(&mut self, site: &'static Location<'static>) {
        if let Some(active) = &mut self.0 {
            active.span.set(code::FILE_PATH, site.file());
            active.span.set(code::LINE_NUMBER, i64::from(site.line()));
        }
    }

    /// Says that the operation failed. `error_type` is one of few short names,
    /// and the same as the `status_code` that the database answered, if it
    /// did: an SQLSTATE, a vendor's code.
    pub fn fail(&mut self, error_type: &str, status_code: Option<&str>) {
        let Some(active) = &mut self.0 else { return };
        active.span.set_error(error_type);
        if let Some(code) = status_code {
            active.span.set(db::RESPONSE_STATUS_CODE, code);
        }
        active.failure = Some(Failure {
            error_type: error_type.to_owned().into(),
            is_code: status_code.is_some(),
        });
    }

    /// Ends the operation.
    #[inline]
    pub fn end(mut self) {
        self.finish();
    }

    #[cfg(any(feature = "redis", feature = "sqlx"))]
    pub(crate) fn instruments(&self) -> Option<&Arc<Instruments>> {
        self.0.as_ref().map(|active| &active.instruments)
    }

    /// Ends the operation, and gives what there is to be explained if it was
    /// slow and its target wants plans.
    #[cfg(feature = "sqlx")]
    pub(crate) fn end_slow(mut self) -> Option<(Context, Statement)> {
        let active = self.0.take()?;
        let explain = active.target.inner().explain_slow && active.slow().is_some();
        let slow = explain.then(|| (active.span.context().clone(), active.statement.clone()));
        active.end();
        slow
    }

    /// What it runs, if anybody watches.
    #[cfg(feature = "sqlx")]
    pub(crate) fn statement(&self) -> Option<&Statement> {
        self.0.as_ref().map(|active| &active.statement)
    }

    /// Sets an attribute of the span alone.
    #[cfg(any(feature = "redis", feature = "sea-orm", feature = "sqlx"))]
    pub(crate) fn set<'v>(&mut self, key: &str, value: impl Into<telemetry_core::Value<'v>>) {
        if let Some(active) = &mut self.0 {
            active.span.set(key, value);
        }
    }

    pub(crate) fn set_outcome(&mut self, outcome: &'static str) {
        if let Some(active) = &mut self.0 {
            active.span.set_outcome(outcome);
        }
    }

    /// Whether the statement says that it changes rows.
    #[cfg(any(feature = "sea-orm", feature = "sqlx"))]
    pub(crate) fn changes_rows(&self) -> bool {
        self.0.as_ref().is_some_and(|active| active.statement.changes_rows())
    }

    /// Whether anybody watches.
    #[cfg(any(feature = "sea-orm", feature = "sqlx"))]
    pub(crate) fn is_active(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn finish(&mut self) {
        if let Some(active) = self.0.take() {
            active.end();
        }
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

impl Active {
    fn end(mut self) {
        if let Some(since) = self.waiting_since {
            self.wait = Some(self.wait.unwrap_or_default() + since.elapsed());
        }
        if let Some(rows) = self.rows {
            self.span.set(db::RESPONSE_RETURNED_ROWS, rows);
        }
        if let Some(rows) = self.affected {
            self.span.set(names::AFFECTED_ROWS, rows);
        }
        if let Some(wait) = self.wait {
            self.span.set(names::WAIT_TIME, wait.as_secs_f64());
        }
        if let Some(answered) = self.answered {
            let first = answered.saturating_sub(self.wait.unwrap_or_default());
            let rest = self.span.elapsed().saturating_sub(answered + self.paused);
            self.span.set(names::FIRST_ROW_TIME, first.as_secs_f64());
            self.span.set(names::STREAM_TIME, rest.as_secs_f64());
        }
        if !self.paused.is_zero() {
            self.span.set(names::CALLER_TIME, self.paused.as_secs_f64());
        }
        self.tell_if_slow();
        let Self { mut span, instruments, target, statement, rows, failure, .. } = self;
        let bound = statement.bound(&instruments, &target);
        let unbound = match bound {
            Some(_) => None,
            None => Some(instruments.patterns.profile(&statement)),
        };
        let profile = bound.map(|bound| &*bound.profile).or(unbound.as_deref());
        if let (Some(profile), None) = (profile, &failure) {
            let (statement, instruments) = (&statement, &instruments);
            let span = &mut span;
            habits::Habits { span, statement, instruments, target: &target, profile, rows }.tell();
        }
        span.end_with(|took, context| {
            let duration = took.as_secs_f64();
            if let Some(profile) = profile {
                profile.record(took, rows, failure.is_some());
            }
            let rows = rows.map(|rows| rows as f64);
            if let Some(bound) = bound.filter(|_| failure.is_none()) {
                bound.duration.record_in(duration, context);
                if let Some(rows) = rows {
                    bound.returned_rows.record_in(rows, context);
                }
                return;
            }
            let labels = labels::Labels::of(target.inner(), &statement, failure.as_ref());
            let labels = labels.as_slice();
            instruments.duration.record_in(duration, labels, context);
            if let Some(rows) = rows {
                instruments.returned_rows.record_in(rows, labels, context);
            }
        });
    }
}
