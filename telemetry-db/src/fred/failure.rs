use fred::error::{Error, ErrorKind};

use crate::{Operation, redis_code};

/// What is known of a failure: the message itself may quote keys and values.
pub(super) enum Failure {
    /// The server's own prefix of its message.
    Code(&'static str),
    /// What happened here.
    Here(&'static str),
}

impl Failure {
    pub(super) fn of(error: &Error) -> Self {
        let first = error.details().split_whitespace().next().unwrap_or_default();
        if let Some(code) = redis_code::known(first) {
            return Failure::Code(code);
        }
        Failure::Here(match error.kind() {
            ErrorKind::Timeout => "timeout",
            ErrorKind::IO => "network_error",
            ErrorKind::Auth => "authentication_failed",
            ErrorKind::Parse | ErrorKind::Protocol => "decode_error",
            ErrorKind::Config | ErrorKind::Url => "configuration_error",
            ErrorKind::Canceled => "client_closed",
            ErrorKind::Backpressure => "backpressure",
            ErrorKind::Cluster | ErrorKind::Routing | ErrorKind::Sentinel => {
                "cluster_connection_not_found"
            }
            ErrorKind::InvalidCommand | ErrorKind::InvalidArgument => "client_error",
            _ => "_OTHER",
        })
    }

    pub(super) fn name(&self) -> &'static str {
        match self {
            Failure::Code(name) | Failure::Here(name) => name,
        }
    }

    pub(super) fn note(self, operation: &mut Operation) {
        match self {
            Failure::Code(code) => operation.fail(code, Some(code)),
            Failure::Here(name) => operation.fail(name, None),
        }
    }
}
