use std::ffi::OsString;
use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::account;
use crate::{PATIENCE, Process, TemporaryDirectory, eventually, free_port};

/// Runs a server for as long as somebody holds the shell's standard input open. A folder whose owner
/// was killed, or never drops it, is taken away some seconds later.
const KEEPER: &str = r#"
folder=$1; shift
"$@" </dev/null & server=$!
echo "server $server"
while read -r line; do :; done
# The shell says that the server was killed, which would end it where nobody listens any more.
exec </dev/null >/dev/null 2>&1
kill -KILL "$server"
wait "$server"
(sleep 5; [ -d "/proc/$PPID" ] || rm -rf "$folder") &
"#;

/// A server as a process that can be killed and started again at the same port with the same data.
#[derive(Debug)]
pub(super) struct Server {
    keeper: Option<Keeper>,
    address: SocketAddr,
    start: Start,
    // Dropped after the process that writes into it.
    folder: TemporaryDirectory,
}

/// The shell that holds a server.
#[derive(Debug)]
struct Keeper(Process);

/// How a server is started.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) program: PathBuf,
    /// Its arguments at a port.
    pub(super) arguments: fn(&Path, u16) -> Vec<OsString>,
    pub(super) further: Vec<OsString>,
    /// Whether it answers, or why not.
    pub(super) probe: fn(SocketAddr) -> Result<(), String>,
}

impl Server {
    /// Starts the server in `folder`, which is its account's already.
    pub(super) fn start(start: Start, folder: TemporaryDirectory) -> Self {
        // It can't look for a free port itself, and another program may be faster.
        for _ in 0..5 {
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()));
            if let Some(keeper) = start.run(&folder, address) {
                return Self { keeper: Some(keeper), address, start, folder };
            }
        }
        panic!("no port stays free");
    }

    /// Where it listens.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What it has told since it was started last.
    pub(super) fn told(&self) -> String {
        self.keeper.as_ref().map(|keeper| keeper.0.told()).unwrap_or_default()
    }

    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Ends it at once, as a crash does.
    pub(super) fn kill(&mut self) {
        self.keeper = None;
    }

    /// Starts it again where it was.
    #[track_caller]
    pub(super) fn restart(&mut self) {
        self.kill();
        self.keeper = self.start.run(&self.folder, self.address);
        assert!(self.keeper.is_some(), "somebody has taken {}", self.address);
    }
}

impl Start {
    /// Runs the server until it answers; none if its port is taken.
    fn run(&self, folder: &TemporaryDirectory, address: SocketAddr) -> Option<Keeper> {
        let mut command = Command::new("sh");
        command.args(["-c", KEEPER, "keeper"]).arg(folder.path());
        let server = account::command(&self.program);
        command.arg(server.get_program()).args(server.get_args());
        command.args((self.arguments)(folder.path(), address.port())).args(&self.further);
        let keeper = Keeper(Process::start(&mut command));
        let id = keeper.0.line("its id", |line| line.strip_prefix("server ")?.parse().ok());
        let runs = eventually("the server answers", || {
            if !is_running(id) {
                return Ok(false);
            }
            let answers = (self.probe)(address);
            answers.map(|()| true).map_err(|error| format!("{error}: {}", keeper.0.told()))
        });
        let told = keeper.0.told();
        assert!(runs || told.to_ascii_lowercase().contains("in use"), "{told}");
        runs.then_some(keeper)
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.0.close_input();
        self.0.wait();
    }
}

/// Whether the process hasn't ended, though nobody may have waited for it yet.
fn is_running(id: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    status.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

/// Runs a program that prepares the folder of a server, under its account.
#[track_caller]
pub(super) fn prepare(program: &Path, arguments: &[OsString]) {
    let mut command = account::command(program);
    let mut process = Process::start(command.args(arguments));
    let status = process.wait();
    assert!(status.success(), "{status} within {PATIENCE:?}: {}", process.told());
}

/// Copies a folder with what is below it, links as links.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
#[track_caller]
pub(super) fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(status.success(), "{} can't be copied", from.display());
}

/// An empty folder of the account's.
pub(super) fn folder() -> TemporaryDirectory {
    let folder = TemporaryDirectory::create();
    account::give(folder.path());
    folder
}
