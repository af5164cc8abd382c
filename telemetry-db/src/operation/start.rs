use std::time::Duration;

use telemetry_core::{Context, Pipeline, Span, SpanBuilder, SpanKind};

use super::Operation;
use super::active::Active;
use super::describe::describe;
use super::home::Home;
use crate::instruments::SCOPE;
use crate::{Statement, Target};

/// How an operation begins.
impl Operation {
    /// Starts an operation as a child of the current span.
    #[inline]
    pub fn start(target: &Target, statement: &Statement) -> Self {
        Operation::begin(None, target, || statement.clone())
    }

    /// Starts an operation as a child of the span of `parent`.
    pub fn start_in(parent: &Context, target: &Target, statement: &Statement) -> Self {
        Operation::begin(Some(parent), target, || statement.clone())
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
        Operation::begin_with(None, target, || statement.clone(), |span| span.start_ago(ago))
    }

    /// Nobody watches.
    #[inline]
    pub(crate) fn idle() -> Self {
        Operation(None)
    }

    /// Starts beneath `parent`, or else the current span. If there is a
    /// pipeline, it is said what runs.
    #[inline]
    pub(crate) fn begin(
        parent: Option<&Context>,
        target: &Target,
        statement: impl FnOnce() -> Statement,
    ) -> Self {
        Operation::begin_with(parent, target, statement, SpanBuilder::start)
    }

    /// The same with a say in when.
    #[inline]
    fn begin_with(
        parent: Option<&Context>,
        target: &Target,
        statement: impl FnOnce() -> Statement,
        start: impl FnOnce(SpanBuilder) -> Span,
    ) -> Self {
        let id = match parent {
            Some(parent) => parent.in_scope(Pipeline::current_id),
            None => Pipeline::current_id(),
        };
        let Some(id) = id else {
            return Operation::idle();
        };
        let statement = statement();
        let home = match statement.bounds().find(id, target) {
            Some(bound) => Home::Known(bound.clone()),
            None => match Operation::find_home(parent, target, &statement) {
                Some(home) => home,
                None => return Operation::idle(),
            },
        };
        let name = statement.name().unwrap_or_else(|| target.inner().name().to_owned().into());
        let mut span = SpanBuilder::new(&SCOPE, name).kind(SpanKind::Client);
        if let Some(parent) = parent {
            span = span.parent(parent);
        }
        span = match home.known().and_then(|bound| bound.attributes(&statement)) {
            Some(attributes) => span.encoded_attributes(attributes),
            None => {
                let attributes = describe(target.inner(), &statement).into_iter();
                attributes.fold(span, |span, (key, value)| span.attribute(key, value))
            }
        };
        Operation(Some(Active::new(start(span), statement, home)))
    }

    #[cold]
    fn find_home(parent: Option<&Context>, target: &Target, statement: &Statement) -> Option<Home> {
        let pipeline = match parent {
            Some(parent) => parent.in_scope(Pipeline::current),
            None => Pipeline::current(),
        };
        Some(Home::find(&pipeline?, target, statement))
    }
}
