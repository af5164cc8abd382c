//! Connections that stay open, from clients that nobody here wrote.

mod axum_web_sockets_are_connections;
mod socket_io_events_have_spans;
mod sockets_of_any_kind;
mod support;
