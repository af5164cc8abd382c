use fred::types::Value;
use telemetry_core::semconv::db;

use crate::Operation;

/// What a call of the client is.
///
/// ```
/// use telemetry_db::fred::Command;
///
/// let calls = [
///     Command::of("INCR"),
///     Command::read("MGET", "session"),
///     Command::read_all("HGETALL", "cart"),
///     Command::batch("PIPELINE", 3),
/// ];
/// # drop(calls);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Command {
    pub(super) name: &'static str,
    read: Option<Read>,
    size: Option<u64>,
}

/// How it reads, and what kind of keys.
#[derive(Clone, Copy, Debug)]
enum Read {
    Values(&'static str),
    All(&'static str),
}

impl Command {
    /// A command, named as Redis names it. All names and kinds of keys live as
    /// long as the program, since they become labels.
    #[must_use]
    pub const fn of(name: &'static str) -> Self {
        Command { name, read: None, size: None }
    }

    /// One that answers with a value or nil, such as `GET`, or with a list of
    /// these, such as `MGET`: each is a hit or a miss among the keys of `kind`.
    #[must_use]
    pub const fn read(name: &'static str, kind: &'static str) -> Self {
        Command { read: Some(Read::Values(kind)), ..Command::of(name) }
    }

    /// One that answers with all that a key holds, such as `HGETALL` and
    /// `SMEMBERS`: a miss if that is nothing.
    #[must_use]
    pub const fn read_all(name: &'static str, kind: &'static str) -> Self {
        Command { read: Some(Read::All(kind)), ..Command::of(name) }
    }

    /// So many commands at once: `PIPELINE`, `MULTI`, or `PIPELINE GET` if all of
    /// them are the same.
    #[must_use]
    pub const fn batch(name: &'static str, commands: u64) -> Self {
        Command { size: Some(commands), ..Command::of(name) }
    }

    /// Tells what is known before there is an answer.
    pub(super) fn note(self, operation: &mut Operation) {
        // One command alone is no batch, by the conventions.
        if let Some(size) = self.size.filter(|size| *size != 1) {
            operation.set(db::OPERATION_BATCH_SIZE, size);
        }
    }

    /// Tells what of that which was asked for was there.
    pub(super) fn found(self, operation: &mut Operation, answer: &Value) {
        let Some(read) = self.read else { return };
        let (kind, hits, misses) = match (read, answer) {
            (Read::Values(kind), Value::Array(values)) => {
                let misses = values.iter().filter(|value| value.is_null()).count();
                (kind, (values.len() - misses) as u64, misses as u64)
            }
            (Read::Values(kind), value) => {
                let missing = value.is_null();
                (kind, u64::from(!missing), u64::from(missing))
            }
            (Read::All(kind), value) => {
                let missing = match value {
                    Value::Array(all) => all.is_empty(),
                    Value::Map(all) => all.is_empty(),
                    value => value.is_null(),
                };
                (kind, u64::from(!missing), u64::from(missing))
            }
        };
        operation.found(kind, hits, misses);
    }
}
