use redis::{Cmd, Value};

use super::command::argument;

/// How a command reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read {
    /// One value or nil, by the key that is the first argument.
    One,
    /// One value or nil for each argument, which are keys.
    Keys,
    /// One value or nil for each argument after the key.
    Fields,
    /// How many of the keys there are.
    Exists,
    /// All that a key holds: nothing if there is none.
    All,
}

/// How the command of this name does, if it reads by key.
pub(super) fn read(name: &str) -> Option<Read> {
    Some(match name {
        "GET" | "GETEX" | "GETDEL" | "HGET" | "LINDEX" | "ZSCORE" | "ZRANK" | "ZREVRANK"
        | "DUMP" | "JSON.GET" => Read::One,
        "MGET" => Read::Keys,
        "HMGET" | "ZMSCORE" | "HGETEX" => Read::Fields,
        "EXISTS" => Read::Exists,
        "HGETALL" | "SMEMBERS" => Read::All,
        _ => return None,
    })
}

/// Calls `found` for each key or field that `command` asked for: whether it was
/// there, with its key where that is known.
pub(super) fn each(
    read: Option<Read>,
    command: &Cmd,
    answer: &Value,
    mut found: impl FnMut(bool, Option<&[u8]>),
) {
    let Some(read) = read else { return };
    let key = || argument(command, 1);
    match (read, answer) {
        (_, Value::ServerError(_)) => {}
        (Read::One, value) => found(!is_nothing(value), key()),
        (Read::All, value) => found(!is_empty(value), key()),
        (Read::Keys, Value::Array(values)) => {
            let keys = command.args_iter().skip(1);
            for (value, key) in values.iter().zip(keys) {
                let key = match key {
                    redis::Arg::Simple(key) => Some(key),
                    _ => None,
                };
                found(!is_nothing(value), key);
            }
        }
        (Read::Fields, Value::Array(values)) => {
            for value in values {
                found(!is_nothing(value), key());
            }
        }
        (Read::Exists, Value::Int(there)) => {
            let asked = command.args_iter().count().saturating_sub(1);
            let there = usize::try_from(*there).unwrap_or(0).min(asked);
            // Which ones, nobody says, but of a single one.
            for at in 0..asked {
                found(at < there, key().filter(|_| asked == 1));
            }
        }
        _ => {}
    }
}

fn is_nothing(value: &Value) -> bool {
    matches!(value, Value::Nil)
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Nil => true,
        Value::Array(all) | Value::Set(all) => all.is_empty(),
        Value::Map(all) => all.is_empty(),
        _ => false,
    }
}
