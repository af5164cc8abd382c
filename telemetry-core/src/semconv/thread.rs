//! Threads.

/// The name of the thread.
pub const NAME: &str = "thread.name";
