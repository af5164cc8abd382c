use redis::{ErrorKind, RedisError, ServerError};

use super::command::OTHER;
use crate::redis_code;

/// What is known of a failure: a short name, and whether it is the server's own
/// prefix of its message. The message itself may quote keys and values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    pub(super) name: &'static str,
    pub(super) is_code: bool,
    /// The connection is gone.
    pub(super) lost: bool,
    /// The server said so: the connection is there.
    pub(super) answered: bool,
}

impl Failure {
    pub(super) fn of(error: &RedisError) -> Self {
        if let Some(code) = error.code() {
            return Failure::answered(code);
        }
        let lost = error.is_connection_dropped() || error.is_connection_refusal();
        let name = match error.kind() {
            _ if error.is_timeout() => "timeout",
            _ if error.is_connection_refusal() => "connection_refused",
            ErrorKind::Io => "network_error",
            ErrorKind::AuthenticationFailed => "authentication_failed",
            ErrorKind::Parse | ErrorKind::UnexpectedReturnType => "decode_error",
            ErrorKind::InvalidClientConfig => "configuration_error",
            ErrorKind::ClusterConnectionNotFound => "cluster_connection_not_found",
            ErrorKind::Client => "client_error",
            _ => OTHER,
        };
        Failure { name, is_code: false, lost, answered: false }
    }

    /// An error among the answers to a pipeline.
    pub(super) fn of_answer(error: &ServerError) -> Self {
        Failure::answered(error.code())
    }

    fn answered(code: &str) -> Self {
        // A script may answer with any word, and one made of a value at that.
        let known = redis_code::known(code);
        let (name, is_code) = known.map_or((OTHER, false), |name| (name, true));
        Failure { name, is_code, lost: false, answered: true }
    }
}
