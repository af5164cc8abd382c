use std::fmt;
use std::future::Future;

use fred::interfaces::{ClientLike, EventInterface, FredResult};
use fred::types::config::{Config, ServerConfig};
use fred::types::{FromValue, Value};

use telemetry_core::Pipeline;

use super::command::Command;
use super::connection;
use super::failure::Failure;
use crate::instruments::Instruments;
use crate::{Operation, Statement, Target};

/// A client of fred beside what is observed of it. Clones share both.
///
/// See the [module](super) for how it is used.
#[derive(Clone)]
pub struct Client<C> {
    inner: C,
    target: Target,
}

impl<C: ClientLike> Client<C> {
    /// Observes calls of `client`, which says what it is connected to.
    pub fn new(client: C) -> Self {
        Self::configured(client, |target| target)
    }

    /// Observes calls of `client` as those to the target that `configure` makes
    /// of what it says.
    ///
    /// ```
    /// use std::time::Duration;
    /// use telemetry_db::fred::Client;
    ///
    /// # fn example(client: fred::clients::Client) -> Client<fred::clients::Client> {
    /// Client::configured(client, |target| target.slow_after(Duration::from_millis(5)))
    /// # }
    /// ```
    pub fn configured(client: C, configure: impl FnOnce(Target) -> Target) -> Self {
        let target = configure(target(&client.client_config()));
        Client { inner: client, target }
    }

    /// The client of fred, which makes the calls.
    pub fn raw(&self) -> &C {
        &self.inner
    }

    /// Tells of the connections for as long as the future is polled, in the
    /// pipeline that is current now: `telemetry.db.connection.up`, `.reconnects`,
    /// and `.errors` by `error.type`, each with the pool's name. fred says when a
    /// connection is lost and when it has another one; nothing is asked of the
    /// server for it. Call it before `init`, so that nothing is missed, and spawn
    /// what it gives. It ends with the client.
    ///
    /// ```no_run
    /// use fred::interfaces::{ClientLike, FredResult};
    /// use telemetry_db::fred::Client;
    ///
    /// # async fn example() -> FredResult<()> {
    /// let cache = Client::new(fred::types::Builder::default_centralized().build()?);
    /// tokio::spawn(cache.watch_connection());
    /// cache.raw().init().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn watch_connection(&self) -> impl Future<Output = ()> + Send + 'static + use<C>
    where
        C: EventInterface,
    {
        let instruments = Pipeline::current().map(|pipeline| Instruments::of(&pipeline));
        connection::watch(&self.inner, instruments, &self.target.pool_name())
    }

    /// Runs a call as an operation: `command` says what it is, and `call` is
    /// what the client returned for it.
    ///
    /// # Errors
    ///
    /// Those of the call, and of making an `R` of its answer: the latter are the
    /// caller's own, and no error of the operation.
    pub async fn observe<R: FromValue>(
        &self,
        command: Command,
        call: impl Future<Output = FredResult<Value>>,
    ) -> FredResult<R> {
        let mut operation = Operation::start(&self.target, &Statement::command(command.name));
        command.note(&mut operation);
        let result = operation.watch(call).await;
        match &result {
            Ok(value) => command.found(&mut operation, value),
            Err(error) => Failure::of(error).note(&mut operation),
        }
        operation.end();
        result?.convert()
    }
}

impl<C> fmt::Debug for Client<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("target", &self.target).finish_non_exhaustive()
    }
}

/// The port that the conventions leave out.
const USUAL_PORT: u16 = 6379;

/// The server and the number of the database. Of a cluster and of sentinels it
/// is the first node that was named.
fn target(config: &Config) -> Target {
    let target = Target::new("redis").namespace(config.database.unwrap_or(0).to_string());
    let server = match &config.server {
        ServerConfig::Centralized { server } => Some(server),
        ServerConfig::Clustered { hosts, .. } | ServerConfig::Sentinel { hosts, .. } => {
            hosts.first()
        }
        // A socket, where fred has that feature.
        #[allow(unreachable_patterns, reason = "without the feature there is no such variant")]
        _ => None,
    };
    match server {
        Some(server) => {
            target.server(&*server.host, Some(server.port).filter(|port| *port != USUAL_PORT))
        }
        None => target,
    }
}
