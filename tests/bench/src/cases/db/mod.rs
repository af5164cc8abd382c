//! Cases of databases.

mod redis;
mod sqlite;
mod statements;

pub(super) mod lexer_cached;
pub(super) mod lexer_cold;
pub(super) mod redis_get;
pub(super) mod select_one;
pub(super) mod stream_10k;
