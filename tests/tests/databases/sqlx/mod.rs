//! The stand-ins for sqlx over SQLite, PostgreSQL and MariaDB: the same suite over all of them.

mod counts_agree_with_postgres;
mod plans_of_slow_queries_are_told;
mod queries_checked_when_compiled_go_through;
mod queries_say_where_they_come_from;
pub(super) mod servers;
mod servers_are_killed_and_come_back;
mod suite;
pub(super) mod support;
mod who_has_the_connections_is_told;

suite::over!(sqlite, Sqlite, "sqlite", ["1555", "1", "0"]);
suite::over!(postgres, Postgres, "postgresql", ["23505", "42601", "42P01"]);
suite::over!(mariadb, MySql, "mariadb", ["1062", "1064", "1146"]);
