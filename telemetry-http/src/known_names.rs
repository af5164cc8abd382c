use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// Names that may become labels, up to a bound. Whether a name is one of them each thread knows by
/// itself, without a lock, until there are more.
#[derive(Debug)]
pub(crate) struct KnownNames {
    /// Different for each.
    number: u64,
    most: usize,
    max_len: usize,
    /// Whether nothing more can be learned.
    is_full: AtomicBool,
    /// Changes with the names.
    version: AtomicU64,
    names: Mutex<Arc<HashSet<Box<str>>>>,
}

/// What a thread knows of one of them.
struct Snapshot {
    number: u64,
    version: u64,
    names: Arc<HashSet<Box<str>>>,
}

thread_local! {
    static SNAPSHOTS: RefCell<Vec<Snapshot>> = const { RefCell::new(Vec::new()) };
}

/// Snapshots that a thread keeps. A program has few layers with names.
const KEPT: usize = 8;

impl KnownNames {
    /// Room for so many names of so many bytes at the most.
    pub(crate) fn new(most: usize, max_len: usize) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self {
            number: NEXT.fetch_add(1, Ordering::Relaxed),
            most,
            max_len,
            is_full: AtomicBool::new(false),
            version: AtomicU64::new(0),
            names: Mutex::default(),
        }
    }

    /// Whether `name` is a known one.
    pub(crate) fn know(&self, name: &str) -> bool {
        let version = self.version.load(Ordering::Acquire);
        let known = SNAPSHOTS.try_with(|snapshots| {
            let mut snapshots = snapshots.try_borrow_mut().ok()?;
            let place = snapshots.iter().position(|it| it.number == self.number);
            if let Some(place) = place
                && snapshots[place].version == version
            {
                return Some(snapshots[place].names.contains(name));
            }
            let snapshot = Snapshot { number: self.number, version, names: self.names() };
            let known = snapshot.names.contains(name);
            match place {
                Some(place) => snapshots[place] = snapshot,
                None => {
                    snapshots.truncate(KEPT - 1);
                    snapshots.insert(0, snapshot);
                }
            }
            Some(known)
        });
        // While the thread ends it has no snapshots.
        known.ok().flatten().unwrap_or_else(|| self.names().contains(name))
    }

    /// Adds a name, once; whether it is a known one then.
    pub(crate) fn learn(&self, name: &str) -> bool {
        if self.know(name) {
            return true;
        }
        let is_name = (1..=self.max_len).contains(&name.len());
        if !is_name || self.is_full.load(Ordering::Relaxed) {
            return false;
        }
        self.add([name.into()], self.most).contains(name)
    }

    /// Adds names that the application has; they aren't bounded.
    #[cfg(any(feature = "tonic", feature = "json-rpc"))]
    pub(crate) fn declare(&self, names: impl IntoIterator<Item = Box<str>>) {
        self.add(names, usize::MAX);
    }

    fn add(&self, more: impl IntoIterator<Item = Box<str>>, most: usize) -> Arc<HashSet<Box<str>>> {
        let mut names = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        let mut grown = HashSet::clone(&names);
        for name in more {
            if grown.len() < most {
                grown.insert(name);
            }
        }
        self.is_full.store(grown.len() >= self.most, Ordering::Relaxed);
        if grown.len() > names.len() {
            *names = Arc::new(grown);
            self.version.fetch_add(1, Ordering::Release);
        }
        Arc::clone(&names)
    }

    fn names(&self) -> Arc<HashSet<Box<str>>> {
        Arc::clone(&self.names.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_room_for_so_many() {
        let names = KnownNames::new(100, 16);
        let learned = (0..500).filter(|number| names.learn(&format!("name {number}")));
        assert_eq!(learned.count(), 100);
        assert!(names.know("name 0") && names.learn("name 0"));
        assert!(!names.know("name 499") && !names.learn("another"));
        let short = KnownNames::new(100, 16);
        assert!(!short.learn("") && !short.learn("0123456789abcdefg"));
    }

    #[test]
    fn every_thread_learns_of_it() {
        let names = Arc::new(KnownNames::new(100, 16));
        assert!(!names.know("name"));
        let other = Arc::clone(&names);
        std::thread::spawn(move || assert!(!other.know("name") && other.learn("name")))
            .join()
            .unwrap();
        assert!(names.know("name"));
        // More of them than a thread keeps snapshots of.
        let many: Vec<_> = (0..20).map(|_| KnownNames::new(1, 16)).collect();
        for _ in 0..2 {
            assert!(many.iter().all(|names| names.learn("name")));
        }
        assert!(names.know("name") && !names.know("other"));
    }
}
