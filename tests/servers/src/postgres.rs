use std::ffi::OsString;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use super::server::{self, Server, Start};
use super::{TemporaryDirectory, programs};

/// A PostgreSQL with `pg_stat_statements`.
#[derive(Debug)]
pub struct Postgres {
    server: Server,
    programs: PathBuf,
}

impl Postgres {
    /// The PostgreSQL of the system.
    pub fn start() -> Self {
        Self::of(&programs::postgres(), &[])
    }

    /// One with further settings, such as `max_connections=5`.
    pub fn with(settings: &[&str]) -> Self {
        Self::of(&programs::postgres(), settings)
    }

    /// A PostgreSQL 18, of which there are programs for Linux on x86-64.
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    pub fn start_18() -> Self {
        let folder = server::folder();
        // Where the account of the server can read them, wherever the workspace is.
        let native = programs::postgres_18();
        let programs = folder.file("programs");
        server::copy(native.parent().unwrap(), &programs);
        Self::start_in(folder, &programs.join("bin"), &[])
    }

    /// One of the programs in this folder.
    pub fn of(programs: &Path, settings: &[&str]) -> Self {
        Self::start_in(server::folder(), programs, settings)
    }

    fn start_in(folder: TemporaryDirectory, programs: &Path, settings: &[&str]) -> Self {
        let data = folder.file("data");
        let arguments =
            ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync", "-D"];
        let mut arguments: Vec<OsString> = arguments.iter().map(OsString::from).collect();
        arguments.push(data.into());
        server::prepare(&programs.join("initdb"), &arguments);
        let further = settings.iter().flat_map(|setting| ["-c".into(), OsString::from(setting)]);
        let start = Start {
            program: programs.join("postgres"),
            arguments: Self::arguments,
            further: further.collect(),
            probe: Self::probe,
        };
        Self { server: Server::start(start, folder), programs: programs.to_owned() }
    }

    fn arguments(folder: &Path, port: u16) -> Vec<OsString> {
        let mut arguments = vec![OsString::from("-D"), PathBuf::from(folder).join("data").into()];
        for setting in [
            &format!("port={port}"),
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "fsync=off",
            "shared_preload_libraries=pg_stat_statements",
            "compute_query_id=on",
            "pg_stat_statements.track_utility=off",
        ] {
            arguments.extend(["-c".into(), setting.into()]);
        }
        arguments
    }

    /// Whether it takes connections yet: it asks for no password.
    fn probe(address: SocketAddr) -> Result<(), String> {
        let mut answer = [0];
        let mut ask = || {
            let mut connection = TcpStream::connect(address)?;
            connection.set_read_timeout(Some(Duration::from_secs(5)))?;
            // StartupMessage of protocol 3.0: length, version, user, terminator.
            connection.write_all(b"\0\0\0\x17\0\x03\0\0user\0postgres\0\0")?;
            connection.read_exact(&mut answer)
        };
        ask().map_err(|error| error.to_string())?;
        if answer == *b"R" { Ok(()) } else { Err(format!("it says {answer:?}")) }
    }

    /// Its own client, of the database `postgres` as its superuser, without what users have set for it.
    pub fn psql(&self) -> Command {
        let mut psql = Command::new(self.programs.join("psql"));
        let address = self.server.address();
        psql.args(["--no-psqlrc", "--username=postgres", "--dbname=postgres"]);
        psql.arg(format!("--host={}", address.ip())).arg(format!("--port={}", address.port()));
        psql.env_remove("PGOPTIONS").stdin(Stdio::null());
        psql
    }

    /// Of the database `postgres`, as its superuser.
    pub fn url(&self) -> String {
        format!("postgres://postgres@{}/postgres", self.server.address())
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// What it has told since it was started last.
    pub fn told(&self) -> String {
        self.server.told()
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
