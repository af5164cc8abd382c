use std::thread;
use std::time::{Duration, Instant};

/// Nothing here takes longer unless it hangs, even on a slow machine with other things to do.
pub const PATIENCE: Duration = Duration::from_secs(90);

const PAUSE: Duration = Duration::from_millis(40);

/// Tries until the attempt succeeds; an error says why it isn't time yet.
///
/// # Panics
///
/// When [`PATIENCE`] is at its end, with the last reason.
#[track_caller]
pub fn eventually<T>(what: &str, mut attempt: impl FnMut() -> Result<T, String>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match attempt() {
            Ok(result) => return result,
            Err(reason) if Instant::now() >= deadline => panic!("never: {what}: {reason}"),
            Err(_) => thread::sleep(PAUSE),
        }
    }
}
