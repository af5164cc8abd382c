use redis::{Arg, Cmd, Pipeline};

/// The name of a command as it was given, or `_OTHER` for what can be none.
pub(super) fn name(command: &Cmd) -> &str {
    argument(command, 0)
        .and_then(|name| std::str::from_utf8(name).ok())
        .filter(|name| is_name(name))
        .unwrap_or(OTHER)
}

/// What a value is called that would have too many different ones.
pub(super) const OTHER: &str = "_OTHER";

fn is_name(name: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphabetic() || matches!(byte, b'.' | b'_');
    // `JSON.ARRINSERT`, `BITFIELD_RO`: no command has a digit, and a value that was taken for one
    // mostly has.
    !name.is_empty() && name.len() <= 24 && name.bytes().all(fits)
}

#[inline]
pub(super) fn argument(command: &Cmd, index: usize) -> Option<&[u8]> {
    command.args_iter().nth(index).and_then(|argument| match argument {
        Arg::Simple(bytes) => Some(bytes),
        _ => None,
    })
}

/// The name of a batch: `PIPELINE` or `MULTI`, and that of its commands if they
/// have one in common.
pub(super) fn batch_name(pipeline: &Pipeline) -> (&'static str, Option<&str>) {
    let kind = if pipeline.is_transaction() { "MULTI" } else { "PIPELINE" };
    let mut commands = pipeline.cmd_iter().map(name);
    let first = commands.next();
    let common = first.filter(|first| commands.all(|name| name == *first));
    (kind, common)
}

/// Whether the command runs a script or a function.
pub(super) fn runs_procedure(name: &str) -> bool {
    matches!(name, "EVALSHA" | "EVALSHA_RO" | "FCALL" | "FCALL_RO")
}

/// The digest or name of the script or function that such a command runs.
pub(super) fn procedure(command: &Cmd) -> Option<&str> {
    let procedure = std::str::from_utf8(argument(command, 1)?).ok();
    procedure.filter(|procedure| procedure.len() <= 128)
}
