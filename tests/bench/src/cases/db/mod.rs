//! Cases of databases.

mod redis;
mod statements;

pub(super) mod lexer_cached;
pub(super) mod lexer_cold;
pub(super) mod redis_get;
