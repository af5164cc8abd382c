use std::ffi::OsString;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::server::{self, Server, Start};
use super::{free_port, programs};

/// A Redis that keeps nothing, at a port and at a Unix socket.
#[derive(Debug)]
pub struct Redis {
    server: Server,
}

impl Redis {
    /// The Redis of the system.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// One with further options, such as `--maxmemory 1mb`.
    pub fn with(options: &[&str]) -> Self {
        Self::start_with(Self::arguments, options)
    }

    /// A node of a cluster, which nobody has been told of yet. The port of the cluster's own traffic is
    /// its setting `cluster-port`.
    pub fn node() -> Self {
        Self::start_with(Self::arguments_of_node, &["--cluster-node-timeout", "60000"])
    }

    fn start_with(arguments: fn(&Path, u16) -> Vec<OsString>, further: &[&str]) -> Self {
        let start = Start {
            program: programs::redis_server(),
            arguments,
            further: further.iter().map(OsString::from).collect(),
            probe: Self::probe,
        };
        Self { server: Server::start(start, server::folder()) }
    }

    fn arguments_of_node(folder: &Path, port: u16) -> Vec<OsString> {
        let bus = free_port().to_string();
        let of_node = ["--cluster-enabled", "yes", "--cluster-port", &bus];
        let mut arguments = Self::arguments(folder, port);
        arguments.extend(of_node.map(OsString::from));
        arguments
    }

    fn arguments(folder: &Path, port: u16) -> Vec<OsString> {
        let mut arguments: Vec<OsString> = Vec::new();
        for (name, value) in [
            ("--port", port.to_string().into()),
            ("--bind", OsString::from("127.0.0.1")),
            ("--dir", folder.into()),
            ("--unixsocket", Self::socket_in(folder).into()),
            ("--unixsocketperm", "777".into()),
            ("--save", "".into()),
            ("--appendonly", "no".into()),
        ] {
            arguments.extend([OsString::from(name), value]);
        }
        arguments
    }

    fn socket_in(folder: &Path) -> PathBuf {
        folder.join("redis.sock")
    }

    fn probe(address: SocketAddr) -> Result<(), String> {
        let mut answer = [0; 5];
        let mut ask = || {
            let mut connection = TcpStream::connect(address)?;
            connection.set_read_timeout(Some(Duration::from_secs(5)))?;
            connection.write_all(b"PING\r\n")?;
            connection.read_exact(&mut answer)
        };
        ask().map_err(|error| error.to_string())?;
        if answer == *b"+PONG" { Ok(()) } else { Err(format!("it says {answer:?}")) }
    }

    /// By TCP.
    pub fn url(&self) -> String {
        format!("redis://{}/", self.server.address())
    }

    /// Its Unix socket.
    pub fn socket(&self) -> PathBuf {
        Self::socket_in(self.server.folder())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Ends it at once, as a crash does.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// Starts it again at the same port, empty.
    #[track_caller]
    pub fn restart(&mut self) {
        self.server.restart();
    }
}
