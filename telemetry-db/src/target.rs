use std::sync::Arc;
use std::time::Duration;

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
    pool: Option<Box<str>>,
}

const SLOW_AFTER: Duration = Duration::from_millis(100);

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

    /// Calls no operation slow.
    #[must_use]
    pub fn never_slow(mut self) -> Self {
        self.change().slow_after = None;
        self
    }

    /// Shows every text without its literals, also one whose values travel as
    /// parameters, which the convention would show as it is.
    #[must_use]
    pub fn always_sanitized(mut self) -> Self {
        self.change().always_sanitized = true;
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
