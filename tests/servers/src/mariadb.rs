use std::ffi::OsString;
use std::fs;
use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use super::programs;
use super::server::{self, Server, Start};

/// A MariaDB with an empty database `test`.
#[derive(Debug)]
pub struct MariaDb {
    server: Server,
}

impl MariaDb {
    /// The MariaDB of the system.
    pub fn start() -> Self {
        Self::with(&[])
    }

    /// One with further options, such as `--max-connections=5`.
    pub fn with(options: &[&str]) -> Self {
        let folder = server::folder();
        let mut arguments: Vec<OsString> = Vec::new();
        for option in [
            "--no-defaults",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            "--innodb-log-file-size=8M",
        ] {
            arguments.push(option.into());
        }
        arguments.push(path_option("--datadir", &folder.file("data")));
        arguments.push(path_option("--tmpdir", folder.path()));
        server::prepare(&programs::mariadb_install_db(), &arguments);
        fs::write(folder.file("init.sql"), "CREATE DATABASE IF NOT EXISTS test;\n").unwrap();
        let start = Start {
            program: programs::mariadbd(),
            arguments: Self::arguments,
            further: options.iter().map(OsString::from).collect(),
            probe: Self::probe,
        };
        Self { server: Server::start(start, folder) }
    }

    fn arguments(folder: &Path, port: u16) -> Vec<OsString> {
        vec![
            "--no-defaults".into(),
            path_option("--datadir", &folder.join("data")),
            // One that starts takes the temporary tables of another in the same place for its own, left over,
            // and deletes them.
            path_option("--tmpdir", folder),
            path_option("--socket", &folder.join("socket")),
            path_option("--pid-file", &folder.join("pid")),
            path_option("--init-file", &folder.join("init.sql")),
            format!("--port={port}").into(),
            "--bind-address=127.0.0.1".into(),
            "--innodb-flush-log-at-trx-commit=0".into(),
            "--innodb-log-file-size=8M".into(),
            "--skip-log-bin".into(),
        ]
    }

    /// Whether it greets whoever connects.
    fn probe(address: SocketAddr) -> Result<(), String> {
        let mut greeting = [0; 5];
        let mut ask = || {
            let mut connection = TcpStream::connect(address)?;
            connection.set_read_timeout(Some(Duration::from_secs(5)))?;
            connection.read_exact(&mut greeting)
        };
        ask().map_err(|error| error.to_string())?;
        // The version of the protocol, after length and number of the packet.
        if greeting[4] == 10 { Ok(()) } else { Err(format!("it says {greeting:?}")) }
    }

    /// Of the database `test`, as root.
    pub fn url(&self) -> String {
        format!("mysql://root@{}/test", self.server.address())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Ends it at once, as a crash does.
    pub fn kill(&mut self) {
        self.server.kill();
    }

    /// Starts it again with its data at the same port.
    #[track_caller]
    pub fn restart(&mut self) {
        self.server.restart();
    }
}

fn path_option(name: &str, path: &Path) -> OsString {
    let mut option = OsString::from(name);
    option.push("=");
    option.push(path);
    option
}
