use sea_orm::DbBackend;

use crate::{Dialect, Target};

pub(super) fn dialect(backend: DbBackend) -> Dialect {
    match backend {
        DbBackend::MySql => Dialect::MySql,
        DbBackend::Postgres => Dialect::Postgres,
        _ => Dialect::Sqlite,
    }
}

/// What is known without asking the server.
pub(super) fn target(backend: DbBackend) -> Target {
    Target::new(match backend {
        DbBackend::MySql => "mysql",
        DbBackend::Postgres => "postgresql",
        _ => "sqlite",
    })
}
