use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use redis::{AsyncConnectionConfig, Client};
use telemetry_db::redis::Connection;

use crate::servers::{Folder, PATIENCE, unprivileged};

/// What is on the search path, or what this variable names.
const PROGRAM: &str = "SERVER_TESTS_REDIS";

/// A server that is killed with its test.
pub(super) struct Server {
    folder: Folder,
    arguments: Vec<String>,
    process: Option<Child>,
}

impl Server {
    /// A server on a socket.
    pub(super) fn start() -> Self {
        Self::with(&["--port", "0"])
    }

    pub(super) fn with(arguments: &[&str]) -> Self {
        let mut server = Server::made(arguments);
        server.restart();
        server
    }

    /// A node of a cluster, the port that it listens on, and that of the cluster's own traffic. If
    /// somebody else was quicker to take one of them, others are tried.
    pub(super) fn start_node() -> (Self, [u16; 2]) {
        for _ in 0..20 {
            let ports = free_ports();
            let [port, bus] = ports.map(|port| port.to_string());
            let arguments = ["--port", &port, "--cluster-enabled", "yes", "--cluster-port", &bus];
            let mut node =
                Server::made(&[&arguments[..], &["--cluster-node-timeout", "60000"]].concat());
            if node.try_restart() {
                return (node, ports);
            }
        }
        panic!("twenty times two ports, and all of them taken");
    }

    fn made(arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|argument| (*argument).to_owned()).collect();
        Server { folder: Folder::new("redis"), arguments, process: None }
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
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
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    /// Starts it, or starts it again; it answers when this returns.
    pub(super) fn restart(&mut self) {
        assert!(self.try_restart(), "redis-server ended at once");
    }

    /// Whether it runs.
    fn try_restart(&mut self) -> bool {
        self.kill();
        let _ = std::fs::remove_file(self.socket());
        self.process = Some(spawn(self.folder.path(), &self.arguments));
        let started = Instant::now();
        loop {
            let answers = self
                .client()
                .get_connection()
                .and_then(|mut connection| redis::cmd("PING").query::<String>(&mut connection));
            if answers.is_ok() {
                return true;
            }
            if self.process.as_mut().unwrap().try_wait().unwrap().is_some() {
                return false;
            }
            assert!(started.elapsed() < PATIENCE, "redis-server doesn't answer: {answers:?}");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

/// Without the client's own timeouts, which a busy machine would break.
pub(super) fn unhurried() -> AsyncConnectionConfig {
    AsyncConnectionConfig::new().set_response_timeout(None).set_connection_timeout(None)
}

/// Two ports on which nothing listens now.
fn free_ports() -> [u16; 2] {
    let listeners = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
    listeners.map(|listener| listener.local_addr().unwrap().port())
}

fn spawn(folder: &Path, arguments: &[String]) -> Child {
    let program = std::env::var(PROGRAM).unwrap_or_else(|_| "redis-server".to_owned());
    unprivileged(Path::new(&program))
        .args(["--save", "", "--appendonly", "no", "--daemonize", "no", "--bind", "127.0.0.1"])
        .arg("--dir")
        .arg(folder)
        .arg("--unixsocket")
        .arg(folder.join("redis.sock"))
        .args(arguments)
        .spawn()
        .unwrap_or_else(|error| panic!("setpriv (of util-linux), for {program}: {error}"))
}
