//! Where the threads of telemetry's own come from.

use std::io;
use std::thread::{self, JoinHandle};

/// Starts a thread of this name; the error says which one the system wouldn't start.
pub(crate) fn named(
    name: &str,
    work: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    #[cfg(test)]
    failing::count().map_err(|error| of_thread(name, &error))?;
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(work)
        .map_err(|error| of_thread(name, &error))
}

fn of_thread(name: &str, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("can't start the thread `{name}`: {error}"))
}

/// Threads that don't start, as on a system that has no more of them.
#[cfg(test)]
pub(crate) mod failing {
    use std::cell::Cell;
    use std::io;

    thread_local! {
        /// How many more threads the calling one may start; without a number, as many as it likes.
        static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
    }

    /// Runs `work`, which may start so many threads and no more.
    pub(crate) fn after<R>(threads: usize, work: impl FnOnce() -> R) -> R {
        struct Unbounded;
        impl Drop for Unbounded {
            fn drop(&mut self) {
                LEFT.set(None);
            }
        }
        LEFT.set(Some(threads));
        let _unbounded = Unbounded;
        work()
    }

    pub(super) fn count() -> io::Result<()> {
        match LEFT.get() {
            Some(0) => Err(io::Error::new(io::ErrorKind::WouldBlock, "no more threads")),
            left => {
                LEFT.set(left.map(|left| left - 1));
                Ok(())
            }
        }
    }
}
