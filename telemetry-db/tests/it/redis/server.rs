use std::path::PathBuf;

use redis::{AsyncConnectionConfig, Client};
use telemetry_db::redis::Connection;
use telemetry_servers::Redis;

/// A server on a socket, which ends with its test.
pub(super) struct Server(Redis);

impl Server {
    pub(super) fn start() -> Self {
        Server(Redis::start())
    }

    /// A node of a cluster, the port that it listens on, and that of the cluster's own traffic.
    pub(super) async fn start_node() -> (Self, [u16; 2]) {
        let node = Server(Redis::node());
        let mut connection = node.unobserved().await;
        let bus: (String, u16) = redis::cmd("CONFIG")
            .arg("GET")
            .arg("cluster-port")
            .query_async(&mut connection)
            .await
            .unwrap();
        let port = node.0.address().port();
        (node, [port, bus.1])
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.0.socket()
    }

    pub(super) fn client(&self) -> Client {
        Client::open(format!("unix://{}", self.socket().display())).unwrap()
    }

    pub(super) async fn connect(&self) -> Connection<redis::aio::MultiplexedConnection> {
        let connection = self.unobserved().await;
        Connection::configured(connection, |target| target.server("redis.test", None))
    }

    pub(super) async fn unobserved(&self) -> redis::aio::MultiplexedConnection {
        let config = unhurried();
        self.client().get_multiplexed_async_connection_with_config(&config).await.unwrap()
    }

    /// Kills it, as a crash would.
    pub(super) fn kill(&mut self) {
        self.0.kill();
    }

    /// Starts it again; it answers when this returns.
    pub(super) fn restart(&mut self) {
        self.0.restart();
    }
}

/// Without the client's own timeouts, which a busy machine would break.
pub(super) fn unhurried() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new().set_response_timeout(None).set_connection_timeout(None)
}
