use std::path::Path;

use crate::Target;

/// The target as one on a server: the port is told where it is not `usual`,
/// and a Unix socket is told by its path.
pub(super) fn of(
    target: Target,
    host: &str,
    port: u16,
    usual: u16,
    socket: Option<&Path>,
) -> Target {
    match socket {
        Some(path) => target.server(path.to_string_lossy(), None),
        // A host that is a folder is where PostgreSQL looks for its socket.
        None if host.starts_with('/') => target.server(host, None),
        None => target.server(host, (port != usual).then_some(port)),
    }
}
