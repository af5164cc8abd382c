//! [`Redis`]: a server of its own and a connection to it.

use std::env;
use std::hint::black_box;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{AsyncCommands, Client};
use tokio::runtime::{Builder, Runtime};

use crate::failure::Failure;
use crate::measure::other_core;

/// A connection to a server that was started for it, on another core if there is one.
pub(super) struct Redis<C> {
    connection: C,
    runtime: Runtime,
    _server: Server,
}

impl<C: ConnectionLike + Send + Sync> Redis<C> {
    const KEY: &str = "order:17";

    /// Starts the server, and connects by what `wrap` makes of a connection.
    pub(super) fn start(
        wrap: impl FnOnce(MultiplexedConnection, &Client) -> C,
    ) -> Result<Self, Failure> {
        let server = Server::start()?;
        let client = Client::open(format!("unix://{}", server.socket().display()))?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let connection = runtime.block_on(async {
            let mut connection = client.get_multiplexed_async_connection().await?;
            connection.set::<_, _, ()>(Self::KEY, "open").await?;
            Ok::<_, Failure>(connection)
        })?;
        Ok(Self { connection: wrap(connection, &client), runtime, _server: server })
    }

    /// Reads the key so many times, one after the other.
    pub(super) fn burst(&mut self, operations: u64) {
        let Self { connection, runtime, .. } = self;
        runtime.block_on(async {
            for _ in 0..operations {
                let value: Result<String, _> = connection.get(Self::KEY).await;
                if let Err(error) = black_box(value) {
                    eprintln!("redis: {error}");
                    std::process::exit(1);
                }
            }
        });
    }
}

/// A server on a socket, which ends with this.
struct Server {
    folder: PathBuf,
    process: Child,
}

impl Server {
    fn start() -> Result<Self, Failure> {
        let folder = env::temp_dir().join(format!("telemetry-bench-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let mut command = match other_core() {
            Some(core) => {
                let mut command = Command::new("taskset");
                command.args(["-c", &core.to_string(), "redis-server"]);
                command
            }
            None => Command::new("redis-server"),
        };
        command.args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"]);
        let socket = folder.join("redis.sock");
        let process = command
            .arg(&socket)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("taskset or redis-server can't be run: {error}"))?;
        let mut server = Self { folder, process };
        server.wait()?;
        Ok(server)
    }

    fn socket(&self) -> PathBuf {
        self.folder.join("redis.sock")
    }

    fn wait(&mut self) -> Result<(), Failure> {
        let started = Instant::now();
        loop {
            let client = Client::open(format!("unix://{}", self.socket().display()))?;
            if client.get_connection().is_ok() {
                return Ok(());
            }
            if let Some(status) = self.process.try_wait()? {
                return Err(format!("redis-server ended: {status}").into());
            }
            if started.elapsed() > Duration::from_secs(30) {
                return Err("redis-server doesn't answer".into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
