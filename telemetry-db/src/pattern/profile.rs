use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use super::latency::Latency;
use super::texts::Texts;
use crate::Fingerprint;

/// What is known of all queries of one fingerprint.
#[derive(Debug)]
pub(crate) struct Profile {
    /// None for all those together for which there was no room.
    pub(super) fingerprint: Option<Fingerprint>,
    pub(super) summary: Box<str>,
    pub(super) text: Option<Box<str>>,
    pub(super) errors: AtomicU64,
    pub(super) rows: AtomicU64,
    pub(super) nanos: AtomicU64,
    pub(super) latency: Latency,
    texts: Texts,
    thrashes: AtomicBool,
    /// When something was last told of it, in milliseconds from `born`, and one
    /// more.
    told: AtomicU64,
    born: Instant,
}

/// How often a habit is told of, for one fingerprint.
const PAUSE: Duration = Duration::from_secs(60);

/// About as many statements as a connection of sqlx keeps prepared.
const KEPT_PREPARED: u64 = 100;

impl Profile {
    pub(super) fn new(fingerprint: Option<Fingerprint>, summary: &str, text: Option<&str>) -> Self {
        Profile {
            fingerprint,
            summary: summary.into(),
            text: text.map(Into::into),
            errors: AtomicU64::new(0),
            rows: AtomicU64::new(0),
            nanos: AtomicU64::new(0),
            latency: Latency::new(),
            texts: Texts::default(),
            thrashes: AtomicBool::new(false),
            told: AtomicU64::new(0),
            born: Instant::now(),
        }
    }

    #[inline]
    pub(crate) fn record(&self, nanos: u64, rows: Option<u64>, failed: bool) {
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
        self.latency.record(nanos);
        if let Some(rows) = rows.filter(|rows| *rows > 0) {
            self.rows.fetch_add(rows, Ordering::Relaxed);
        }
        if failed {
            self.errors.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Notes a text; says how many there were about, once they are too
    /// many.
    pub(crate) fn saw_text(&self, hash: u64) -> Option<u64> {
        self.fingerprint?;
        let texts = self.texts.saw(hash);
        let too_many = texts > KEPT_PREPARED && !self.thrashes.swap(true, Ordering::Relaxed);
        too_many.then_some(texts)
    }

    /// Whether it is time to tell of a habit again.
    pub(super) fn may_tell(&self) -> bool {
        let now = u64::try_from(self.born.elapsed().as_millis()).unwrap_or(u64::MAX - 1) + 1;
        let pause = u64::try_from(PAUSE.as_millis()).unwrap_or(u64::MAX);
        let told = self.told.load(Ordering::Relaxed);
        (told == 0 || now >= told.saturating_add(pause))
            && self.told.compare_exchange(told, now, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}
