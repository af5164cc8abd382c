use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::{Duration, Instant};

use redis::Client;
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
        let folder = Folder::new("redis");
        let mut server = Server {
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            folder,
            process: None,
        };
        server.restart();
        server
    }

    pub(super) fn socket(&self) -> PathBuf {
        self.folder.path().join("redis.sock")
    }

    pub(super) fn client(&self) -> Client {
        Client::open(format!("unix://{}", self.socket().display())).unwrap()
    }

    pub(super) async fn connect(&self) -> Connection<redis::aio::MultiplexedConnection> {
        let connection = self.client().get_multiplexed_async_connection().await.unwrap();
        Connection::configured(connection, |target| target.server("redis.test", None))
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
                return;
            }
            let gone = self.process.as_mut().unwrap().try_wait().unwrap();
            assert!(gone.is_none(), "redis-server ended: {gone:?}, {answers:?}");
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

/// Two ports on which nothing listens now: the server's, and that of the cluster's own traffic.
pub(super) fn free_ports() -> [u16; 2] {
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
