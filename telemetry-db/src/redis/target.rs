use redis::{ConnectionAddr, ConnectionInfo};

use crate::Target;

/// The port that the conventions leave out.
const USUAL_PORT: u16 = 6379;

/// The target that a client connects to: its server and the number of its
/// database. Neither user nor password are part of it.
///
/// ```
/// use telemetry_db::redis::target;
///
/// # fn main() -> redis::RedisResult<()> {
/// let client = redis::Client::open("redis://app:secret@redis.internal:6380/3")?;
/// assert_eq!(target(client.get_connection_info()).pool_name(), "redis.internal:6380/3");
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn target(info: &ConnectionInfo) -> Target {
    let target = Target::new("redis").namespace(info.redis_settings().db().to_string());
    match info.addr() {
        ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
            target.server(host, Some(*port).filter(|port| *port != USUAL_PORT))
        }
        ConnectionAddr::Unix(path) => target.server(path.to_string_lossy(), None),
        _ => target,
    }
}
