use std::time::Duration;

use telemetry_core::semconv::{db, server};
use telemetry_core::{Context, Pipeline, Span, SpanBuilder, SpanKind};

use super::active::Active;
use super::{Operation, old_names};
use crate::instruments::{Instruments, SCOPE};
use crate::{Statement, Target};

/// How an operation begins.
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
            site: None,
            failure: None,
        }))
    }
}
