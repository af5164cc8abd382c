use std::fmt;
use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What a process prints on one of its outputs, collected while it runs.
#[derive(Clone)]
pub struct Lines(Arc<Shared>);

struct Shared {
    printed: Mutex<Printed>,
    changed: Condvar,
}

#[derive(Default)]
struct Printed {
    lines: Vec<String>,
    ended: bool,
}

impl Lines {
    /// Collects on a thread of its own, so that the process never waits for a full pipe.
    pub(super) fn of(source: impl Read + Send + 'static) -> Self {
        let shared = Arc::new(Shared { printed: Mutex::default(), changed: Condvar::new() });
        let lines = Self(Arc::clone(&shared));
        thread::spawn(move || {
            let mut source = BufReader::new(source);
            let mut line = Vec::new();
            while matches!(source.read_until(b'\n', &mut line), Ok(read) if read > 0) {
                let text = String::from_utf8_lossy(&line);
                let text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
                shared.lock().lines.push(text);
                shared.changed.notify_all();
                line.clear();
            }
            shared.lock().ended = true;
            shared.changed.notify_all();
        });
        lines
    }

    /// The lines so far.
    pub fn all(&self) -> Vec<String> {
        self.0.lock().lines.clone()
    }

    /// What `find` makes of the first line that it makes something of. None if there is no such line
    /// until the output ends or the time is over.
    pub fn wait_for<T>(&self, patience: Duration, find: impl Fn(&str) -> Option<T>) -> Option<T> {
        let deadline = Instant::now() + patience;
        let mut printed = self.0.lock();
        let mut seen = 0;
        loop {
            if let Some(found) = printed.lines[seen..].iter().find_map(|line| find(line)) {
                return Some(found);
            }
            seen = printed.lines.len();
            let left = deadline.saturating_duration_since(Instant::now());
            if printed.ended || left.is_zero() {
                return None;
            }
            let waited = self.0.changed.wait_timeout(printed, left);
            printed = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits for the end of the output; says whether it came in time.
    pub(super) fn wait_for_end(&self, patience: Duration) -> bool {
        self.wait_for(patience, |_| None::<()>);
        self.0.lock().ended
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Printed> {
        self.printed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Lines {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_list().entries(self.all()).finish()
    }
}
