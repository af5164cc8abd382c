use std::cell::Cell;
use std::fs;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::sync::lock;

thread_local! {
    static IS_OWN: Cell<bool> = const { Cell::new(false) };
}

/// Whether the calling thread is telemetry's own.
#[cfg(any(feature = "log", feature = "tracing"))]
#[inline]
pub(super) fn is_marked() -> bool {
    IS_OWN.get()
}

/// Says that the calling thread is telemetry's own, until what is given back is dropped: its
/// processor time counts as telemetry's, and what it logs by way of other facades isn't recorded. A
/// sink whose client logs each request would have something to send for ever.
pub(super) fn enter(threads: &OwnThreads) -> Entered {
    IS_OWN.set(true);
    let own = Arc::new(OwnThread {
        name: thread::current().name().unwrap_or_default().to_owned(),
        clock: Mutex::new(Clock { schedule: schedule_of_current(), last: Duration::ZERO }),
    });
    lock(&threads.0).push(Arc::clone(&own));
    Entered(own)
}

/// Runs `work` as telemetry's own: what it logs on this thread by way of `tracing` or `log` isn't recorded.
/// A [`Sink`](crate::Sink) needs it only on threads that it starts itself; its methods are called on a
/// thread of telemetry's anyway.
///
/// ```
/// # fn post(_: &[u8]) {}
/// # let batch = Vec::new();
/// std::thread::spawn(move || telemetry_core::suppressed(|| post(&batch)));
/// ```
pub fn suppressed<R>(work: impl FnOnce() -> R) -> R {
    struct Suppressed(bool);
    impl Drop for Suppressed {
        fn drop(&mut self) {
            IS_OWN.set(self.0);
        }
    }
    let _suppressed = Suppressed(IS_OWN.replace(true));
    work()
}

/// The threads that a pipeline ever had.
#[derive(Debug, Default)]
pub(crate) struct OwnThreads(Mutex<Vec<Arc<OwnThread>>>);

/// A thread that works for the pipeline.
#[derive(Debug)]
pub(super) struct OwnThread {
    name: String,
    clock: Mutex<Clock>,
}

/// As long as it is there the calling thread works for the pipeline.
#[derive(Debug)]
pub(super) struct Entered(Arc<OwnThread>);

#[derive(Debug)]
struct Clock {
    /// Where the system tells the thread's time; nowhere after its end, since another thread may get
    /// its number then.
    schedule: Option<String>,
    last: Duration,
}

impl OwnThreads {
    /// The name of each thread and the processor time that it has taken; none where the system
    /// doesn't tell.
    pub(crate) fn processor_times(&self) -> Vec<(String, Duration)> {
        let threads = lock(&self.0).clone();
        let time =
            |own: &Arc<OwnThread>| Some((own.name.clone(), lock(&own.clock).read_if_known()?));
        threads.iter().filter_map(time).collect()
    }
}

impl Clock {
    fn read_if_known(&mut self) -> Option<Duration> {
        self.read();
        (!self.last.is_zero()).then_some(self.last)
    }

    fn read(&mut self) {
        let text = self.schedule.as_ref().and_then(|path| fs::read_to_string(path).ok());
        let nanos = text.and_then(|text| text.split(' ').next()?.parse().ok());
        if let Some(nanos) = nanos {
            self.last = self.last.max(Duration::from_nanos(nanos));
        }
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let mut clock = lock(&self.0.clock);
        clock.read();
        clock.schedule = None;
    }
}

/// Linux tells the time that a thread has run, in nanoseconds, in the file `schedstat` of the thread.
/// Others may read it, so the thread itself needn't do anything.
fn schedule_of_current() -> Option<String> {
    let thread = fs::read_link("/proc/thread-self").ok()?;
    let thread = thread.file_name()?.to_str()?;
    Some(format!("/proc/self/task/{thread}/schedstat"))
}
