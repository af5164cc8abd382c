use std::sync::Arc;
use std::time::Duration;

use crate::{Fingerprint, QueryComments, Statement, stability};

/// The database that operations talk to, and how they are observed. Clones
/// share it.
///
/// ```
/// use std::time::Duration;
/// use telemetry_db::Target;
///
/// let target = Target::new("clickhouse")
///     .namespace("shop")
///     .server("clickhouse.internal", Some(9440))
///     .slow_after(Duration::from_millis(250));
/// assert_eq!(target.pool_name(), "clickhouse.internal:9440/shop");
/// ```
#[derive(Clone, Debug)]
pub struct Target(Arc<Inner>);

#[derive(Clone, Debug)]
pub(crate) struct Inner {
    pub(crate) system: Box<str>,
    pub(crate) namespace: Option<Box<str>>,
    pub(crate) address: Option<Box<str>>,
    pub(crate) port: Option<u16>,
    pub(crate) slow_after: Option<Duration>,
    pub(crate) always_sanitized: bool,
    pub(crate) old_names: bool,
    pub(crate) explain_slow: bool,
    pub(crate) comments: Option<QueryComments>,
    /// The queries whose threshold is another.
    slow_after_of: Vec<(Fingerprint, Duration)>,
    pub(crate) long_wait_after: Option<Duration>,
    pub(crate) overdue_after: Option<Duration>,
    pool: Option<Box<str>>,
}

const SLOW_AFTER: Duration = Duration::from_millis(100);

impl Inner {
    /// What an operation is called that has no better name.
    pub(crate) fn name(&self) -> &str {
        self.namespace.as_deref().unwrap_or(&self.system)
    }

    /// How long an operation may take before it is slow, if ever.
    pub(crate) fn slow_after_of(&self, statement: &Statement) -> Option<Duration> {
        if !self.slow_after_of.is_empty()
            && let Some(fingerprint) = statement.fingerprint()
            && let Some((_, own)) = self.slow_after_of.iter().rfind(|(of, _)| *of == fingerprint)
        {
            return Some(*own);
        }
        self.slow_after
    }
}

impl Target {
    /// A database of the product `system`, one of the values of
    /// `db.system.name` such as `sqlite`, `postgresql` or `redis`.
    #[must_use]
    pub fn new(system: impl Into<Box<str>>) -> Self {
        Target(Arc::new(Inner {
            system: system.into(),
            namespace: None,
            address: None,
            port: None,
            slow_after: Some(SLOW_AFTER),
            always_sanitized: false,
            explain_slow: false,
            comments: None,
            slow_after_of: Vec::new(),
            old_names: stability::old_names_asked(),
            long_wait_after: None,
            overdue_after: None,
            pool: None,
        }))
    }

    /// Names another product, such as `mariadb` where the driver could only
    /// say `mysql`.
    #[must_use]
    pub fn system(mut self, system: impl Into<Box<str>>) -> Self {
        self.change().system = system.into();
        self
    }

    /// `db.namespace`: the database within the server, its components joined
    /// by `|`. It is what was known when the connection was made; a later
    /// change on the connection is not seen.
    #[must_use]
    pub fn namespace(mut self, namespace: impl AsRef<str>) -> Self {
        self.change().namespace = Some(namespace.as_ref().into());
        self
    }

    /// `server.address`, and `server.port` where it is not the product's
    /// default.
    #[must_use]
    pub fn server(mut self, address: impl AsRef<str>, port: Option<u16>) -> Self {
        let inner = self.change();
        inner.address = Some(address.as_ref().into());
        inner.port = port;
        self
    }

    /// How long an operation may take before it is called slow, 100 ms unless
    /// said otherwise. The wait for a connection and the time that the caller
    /// takes between two rows of a stream do not count.
    #[must_use]
    pub fn slow_after(mut self, threshold: Duration) -> Self {
        self.change().slow_after = Some(threshold);
        self
    }

    /// How long the query of `statement`, with whatever values, may take before
    /// it is called slow, instead of [`Target::slow_after`]. Meant for the few
    /// queries of which it is known that they take long. Has no effect for a
    /// text that could not be read.
    ///
    /// ```
    /// use std::time::Duration;
    /// use telemetry_db::{Dialect, Statement, Target};
    ///
    /// let report = Statement::of("SELECT sum(price) FROM orders", Dialect::Postgres);
    /// let target = Target::new("postgresql").slow_after_of(&report, Duration::from_secs(5));
    /// ```
    #[must_use]
    pub fn slow_after_of(mut self, statement: &Statement, threshold: Duration) -> Self {
        if let Some(fingerprint) = statement.fingerprint() {
            self.change().slow_after_of.push((fingerprint, threshold));
        }
        self
    }

    /// Asks the database how it runs the queries that are slow, for the event
    /// `telemetry.db.query_plan`. The sqlx stand-ins do so, by `EXPLAIN` and
    /// never `ANALYZE`, so the query is not run again: on a connection of the
    /// pool that is free, if another one is free or may be opened; once in an
    /// hour for each query; one at a time. Only queries without a literal are
    /// explained, so that a plan shows no value. PostgreSQL explains those with
    /// parameters from version 16 on, MySQL and MariaDB do not.
    #[must_use]
    pub fn explain_slow(mut self) -> Self {
        self.change().explain_slow = true;
        self
    }

    /// Lets the queries say where they come from, in a comment at their end that
    /// the database sees and no span shows. The stand-ins of sqlx and of sea-orm
    /// do so, for whatever has no comment yet and was not prepared before by the
    /// application itself.
    ///
    /// ```
    /// use telemetry_db::{QueryComments, Target};
    ///
    /// let comments = QueryComments::of("shop").framework("axum");
    /// let target = Target::new("postgresql").comments(comments);
    /// ```
    #[must_use]
    pub fn comments(mut self, comments: QueryComments) -> Self {
        self.change().comments = Some(comments);
        self
    }

    /// Calls no operation slow.
    #[must_use]
    pub fn never_slow(mut self) -> Self {
        let inner = self.change();
        inner.slow_after = None;
        inner.slow_after_of.clear();
        self
    }

    /// Shows every text without its literals, also one whose values travel as
    /// parameters, which the convention would show as it is.
    #[must_use]
    pub fn always_sanitized(mut self) -> Self {
        self.change().always_sanitized = true;
        self
    }

    /// Also emits the names that spans had before the conventions were stable:
    /// `db.system`, `db.name`, `db.statement` and `db.operation`. Asked for
    /// everywhere by the environment variable
    /// `OTEL_SEMCONV_STABILITY_OPT_IN=database/dup`.
    #[must_use]
    pub fn with_old_names(mut self) -> Self {
        self.change().old_names = true;
        self
    }

    /// How long a wait for a connection of the pool may take before an event
    /// names those who have the connections; see
    /// [`PoolMeter::long_wait_after`](crate::PoolMeter::long_wait_after).
    #[must_use]
    pub fn long_wait_after(mut self, limit: Duration) -> Self {
        self.change().long_wait_after = Some(limit);
        self
    }

    /// How long a connection of the pool may be lent before an event names who
    /// has it; see
    /// [`PoolMeter::overdue_after`](crate::PoolMeter::overdue_after).
    #[must_use]
    pub fn overdue_after(mut self, limit: Duration) -> Self {
        self.change().overdue_after = Some(limit);
        self
    }

    /// Names the pool of connections to it, for `db.client.connection.pool.name`:
    /// useful where there are several, one for readers and one for writers.
    #[must_use]
    pub fn pool_named(mut self, name: impl AsRef<str>) -> Self {
        self.change().pool = Some(name.as_ref().into());
        self
    }

    /// The name given by [`Target::pool_named`], or else the one that the
    /// conventions propose: `server.address:server.port/db.namespace`, without
    /// the parts that do not exist; the system's name if none does.
    #[must_use]
    pub fn pool_name(&self) -> String {
        if let Some(name) = &self.0.pool {
            return name.to_string();
        }
        let mut name = String::new();
        if let Some(address) = &self.0.address {
            name.push_str(address);
            if let Some(port) = self.0.port {
                name.push(':');
                name.push_str(&port.to_string());
            }
        }
        if let Some(namespace) = &self.0.namespace {
            if !name.is_empty() {
                name.push('/');
            }
            name.push_str(namespace);
        }
        if name.is_empty() {
            name.push_str(&self.0.system);
        }
        name
    }

    /// Whether the two are clones of one.
    pub(crate) fn is(&self, other: &Target) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    fn change(&mut self) -> &mut Inner {
        Arc::make_mut(&mut self.0)
    }
}
