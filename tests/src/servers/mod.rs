//! Real database servers, one process each, on free ports of the loopback and with an empty folder of
//! their own. They never run as root, and they end when they are dropped, when this process ends, and
//! when it is killed.

mod account;
mod mariadb;
mod postgres;
mod redis;
mod server;

pub use mariadb::MariaDb;
pub use postgres::Postgres;
pub use redis::Redis;
