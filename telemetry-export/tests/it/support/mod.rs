//! What the tests share.

mod own_process;
mod receiver;
mod reserved;
mod target;
mod work;

pub(crate) use own_process::own_process;
#[cfg(unix)]
pub(crate) use own_process::own_process_with_little_room;
pub(crate) use receiver::{Receiver, Reply};
pub(crate) use reserved::Reserved;
pub(crate) use target::Target;
pub(crate) use work::{PATIENCE, SCOPE, build, telemetry_to, work};
