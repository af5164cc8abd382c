//! Where the servers are, which not every system has on the search path.

use std::fs;
use std::path::PathBuf;

use crate::process;

/// The folder of the newest PostgreSQL's programs.
pub(in super::super) fn postgres() -> Option<PathBuf> {
    let on_path = || Some(process::find_program("postgres")?.parent()?.to_path_buf());
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let folders = versions.map(|version| version.path().join("bin"));
    let complete = folders.filter(|bin| bin.join("postgres").is_file());
    let number =
        |bin: &PathBuf| -> Option<u32> { bin.parent()?.file_name()?.to_str()?.parse().ok() };
    complete.max_by_key(number).or_else(on_path)
}

/// The server of MariaDB.
pub(in super::super) fn mariadbd() -> Option<PathBuf> {
    server("mariadbd")
}

/// What makes a folder for it.
pub(in super::super) fn mariadb_install_db() -> Option<PathBuf> {
    server("mariadb-install-db")
}

/// The server of Redis.
pub(in super::super) fn redis_server() -> Option<PathBuf> {
    server("redis-server")
}

/// On the search path, or where administrators have it.
fn server(name: &str) -> Option<PathBuf> {
    let elsewhere = PathBuf::from("/usr/sbin").join(name);
    process::find_program(name).or_else(|| elsewhere.is_file().then_some(elsewhere))
}
