use std::borrow::Cow;

use telemetry_core::SpanContext;

use super::{encode, tags};
use crate::Dialect;

/// What queries say of the application in a comment at their end, as
/// [sqlcommenter](https://google.github.io/sqlcommenter/spec/) writes it, so that
/// `pg_stat_activity`, the process list, slow logs and whoever watches the
/// database name where a query comes from. Off unless a
/// [`Target`](crate::Target::comments) has it.
///
/// ```
/// use telemetry_db::{Dialect, QueryComments, QueryTags};
///
/// let comments = QueryComments::of("shop").framework("axum");
/// let text = comments.on("SELECT name FROM customers WHERE id = $1", Dialect::Postgres);
/// assert_eq!(
///     text,
///     "SELECT name FROM customers WHERE id = $1 /*application='shop',framework='axum'*/"
/// );
///
/// // Within a request:
/// QueryTags::new().route("/orders/{id}").in_scope(|| {
///     let text = comments.on("SELECT 1", Dialect::Postgres);
///     assert!(text.ends_with(",route='%2Forders%2F%7Bid%7D'*/"));
/// });
/// ```
///
/// A prepared statement is kept by its text, so the comment on one is always
/// the same for the same route and action ([`QueryTags`](crate::QueryTags), of which there may be
/// 256 in a process). The trace differs with every query and is
/// only told by those that are not kept, if [`trace_unprepared`](Self::trace_unprepared)
/// asks for it.
#[derive(Clone, Debug)]
pub struct QueryComments {
    application: Box<str>,
    framework: Option<Box<str>>,
    traces: bool,
}

impl QueryComments {
    /// Names the application: `application`. Of it and of all other values 128
    /// bytes are told.
    #[must_use]
    pub fn of(application: &str) -> Self {
        let application = encode::bounded(application).into();
        QueryComments { application, framework: None, traces: false }
    }

    /// Names what serves the requests: `framework`.
    #[must_use]
    pub fn framework(mut self, framework: &str) -> Self {
        self.framework = Some(encode::bounded(framework).into());
        self
    }

    /// Tells the span of the query, `traceparent` and `tracestate`, where that
    /// costs no prepared statement: in texts that are sent without being
    /// prepared, such as those of `raw_sql`, and in queries that are not
    /// `persistent`.
    #[must_use]
    pub fn trace_unprepared(mut self) -> Self {
        self.traces = true;
        self
    }

    /// The query with its comment, for the drivers that have no stand-in here.
    /// It is the same whenever the query, the route and the action are.
    ///
    /// A query that has a comment already stays as it is, as the specification
    /// wants it; so does one without any text.
    #[must_use]
    pub fn on<'q>(&self, query: &'q str, dialect: Dialect) -> Cow<'q, str> {
        match self.append(query, dialect, None, None) {
            Some(text) => Cow::Owned(text),
            None => Cow::Borrowed(query),
        }
    }

    /// The query with its comment; none if it stays as it is.
    pub(crate) fn append(
        &self,
        query: &str,
        dialect: Dialect,
        driver: Option<&str>,
        span: Option<&SpanContext>,
    ) -> Option<String> {
        let query = query.trim_end();
        // The server may take one statement for several where a comment comes
        // after its end.
        let (query, end) = match query.strip_suffix(';') {
            Some(query) => (query.trim_end(), ";"),
            None => (query, ""),
        };
        if query.is_empty() || has_comment(query, dialect) {
            return None;
        }
        let comment = self.comment(driver, span.filter(|_| self.traces));
        let mut text = String::with_capacity(query.len() + comment.len() + 6);
        for part in [query, " /*", &comment, "*/", end] {
            text.push_str(part);
        }
        Some(text)
    }

    /// Its keys in order.
    fn comment(&self, driver: Option<&str>, span: Option<&SpanContext>) -> String {
        let mut comment = String::with_capacity(160);
        tags::with_current(|tags| {
            if let Some(action) = tags.action() {
                encode::pair(&mut comment, "action", action);
            }
            encode::pair(&mut comment, "application", &self.application);
            if let Some(driver) = driver {
                encode::pair(&mut comment, "db_driver", driver);
            }
            if let Some(framework) = &self.framework {
                encode::pair(&mut comment, "framework", framework);
            }
            if let Some(route) = tags.route() {
                encode::pair(&mut comment, "route", route);
            }
        });
        if let Some(span) = span {
            let flags = u8::from(span.is_sampled());
            let parent = format!("00-{}-{}-{flags:02x}", span.trace_id(), span.span_id());
            encode::pair(&mut comment, "traceparent", &parent);
            let state = span.trace_state();
            if !state.is_empty() && state.len() <= LONGEST_STATE {
                encode::pair(&mut comment, "tracestate", state);
            }
        }
        comment
    }
}

/// What the specification of `tracestate` asks everybody to pass on.
const LONGEST_STATE: usize = 512;

/// Whether there is one, or what looks like one: within a text or an operator
/// as well, since that is a small loss and reading on would be a large one.
fn has_comment(query: &str, dialect: Dialect) -> bool {
    let hash = matches!(dialect, Dialect::MySql) && query.contains('#');
    hash || query.contains("--") || query.contains("/*")
}
