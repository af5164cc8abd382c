//! The clock of all records: monotonic ticks, turned into wall-clock time by one anchor.
//!
//! A tick is a cycle of the time-stamp counter where the kernel itself keeps time by it, and a
//! nanosecond of [`std::time::Instant`] everywhere else. The collector re-anchors the clock every
//! second, so that the wall clock's corrections are followed and the tick's length is measured over
//! an ever longer stretch.

mod anchor;
mod local;
mod moment;
mod source;
mod stopwatch;
mod tsc;

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use anchor::Anchor;
pub(crate) use local::LocalClock;
use moment::Moment;
pub(crate) use source::TickSource;
pub use stopwatch::Stopwatch;

const UNDECIDED: u8 = 0;
const INSTANT: u8 = 1;
const COUNTER: u8 = 2;

static MODE: AtomicU8 = AtomicU8::new(UNDECIDED);
static ANCHOR: Anchor = Anchor::new();

/// When `timeout` is over; of one that has no end, in a year.
pub(crate) fn deadline_in(timeout: Duration) -> Instant {
    const LONGEST: Duration = Duration::from_secs(365 * 24 * 3600);
    Instant::now() + timeout.min(LONGEST)
}

/// A point of the monotonic clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticks(u64);

impl Ticks {
    /// No point in particular, for what is never measured.
    pub(crate) const NONE: Self = Self(0);

    /// The point of this number, which [`Ticks::to_u64`] gave.
    #[inline]
    pub(crate) fn from_u64(number: u64) -> Self {
        Self(number)
    }

    /// A number for the point.
    #[inline]
    pub(crate) fn to_u64(self) -> u64 {
        self.0
    }

    /// The present.
    #[inline]
    pub(crate) fn now() -> Self {
        if MODE.load(Ordering::Relaxed) == COUNTER {
            Self(tsc::read())
        } else {
            Self::from_instant()
        }
    }

    /// The point that is `ago` past; the clock's beginning if it is younger.
    pub(crate) fn ago(ago: Duration) -> Self {
        let now = Self::now();
        let nanos = u64::try_from(ago.as_nanos()).unwrap_or(u64::MAX);
        LocalClock::starting(now).before(now, nanos)
    }

    #[cold]
    #[inline(never)]
    fn decide() {
        start();
    }

    #[inline(never)]
    fn from_instant() -> Self {
        if MODE.load(Ordering::Relaxed) == UNDECIDED {
            Self::decide();
            return Self::now();
        }
        Self(base().elapsed().as_nanos() as u64)
    }

    /// Nanoseconds since the Unix epoch.
    #[inline]
    pub(crate) fn unix_nanos(self) -> u64 {
        ANCHOR.unix_nanos(self.0)
    }
}

/// Chooses the source of ticks and anchors the clock; done once a process, further calls do nothing.
pub(crate) fn start() {
    static STARTED: OnceLock<()> = OnceLock::new();
    STARTED.get_or_init(|| {
        if tsc::is_the_kernels_clock() {
            let beginning = Moment::read(tsc::read);
            // Two milliseconds against a clock read of 50 ns: good to 25 in a million until the
            // first re-anchoring, a second later, measures it a thousand times better.
            while beginning.instant.elapsed() < Duration::from_millis(2) {
                std::hint::spin_loop();
            }
            ANCHOR.begin(&beginning);
            ANCHOR.set(&Moment::read(tsc::read));
            MODE.store(COUNTER, Ordering::Release);
        } else {
            ANCHOR.begin_nanoseconds();
            ANCHOR.set(&Moment::read(|| base().elapsed().as_nanos() as u64));
            MODE.store(INSTANT, Ordering::Release);
        }
    });
}

/// Follows the wall clock; called by a collector about once a second.
pub(crate) fn re_anchor() {
    ANCHOR.set(&Moment::read(|| Ticks::now().0));
}

/// Nanoseconds since the Unix epoch by the system's own clock.
pub(crate) fn system_unix_nanos() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as u64)
}

/// Nanoseconds since some time in the past, by a clock that nobody sets back: for what is rationed over time.
pub(crate) fn monotonic_nanos() -> u64 {
    base().elapsed().as_nanos() as u64
}

fn base() -> Instant {
    static BASE: OnceLock<Instant> = OnceLock::new();
    *BASE.get_or_init(Instant::now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_measure_what_the_system_measures() {
        start();
        // A thread that is suspended between two clocks measures its pause: one of many won't be.
        let mut ratios = (0..100).map(|_| {
            let (instant, ticks) = (Instant::now(), Ticks::now());
            let clock = LocalClock::starting(ticks);
            std::thread::sleep(Duration::from_millis(20));
            let ours = (clock.unix_nanos(Ticks::now()) - clock.unix_nanos(ticks)) as f64;
            ours / instant.elapsed().as_nanos() as f64
        });
        assert!(ratios.any(|ratio| (ratio - 1.0).abs() < 0.01), "never as long as the system's");
    }

    #[test]
    fn what_began_a_while_ago_lies_that_far_back() {
        start();
        let ago = Duration::from_millis(5);
        // The clock must be older than that for there to be such a point.
        while Ticks::ago(ago) == Ticks::from_u64(0) {
            std::thread::sleep(Duration::from_millis(1));
        }
        let (began, now) = (Ticks::ago(ago), Ticks::now());
        let clock = LocalClock::starting(began);
        let passed = clock.unix_nanos(now) - clock.unix_nanos(began);
        assert!(passed as f64 >= ago.as_nanos() as f64 * 0.99, "{passed} ns");
        assert_eq!(Ticks::ago(Duration::MAX), Ticks::from_u64(0));
    }

    #[test]
    fn the_wall_clock_is_followed_within_a_millisecond() {
        start();
        // As above: one of many isn't suspended between two clocks.
        let differences = (0..100).map(|_| {
            re_anchor();
            Ticks::now().unix_nanos().abs_diff(system_unix_nanos())
        });
        let closest = differences.min();
        assert!(closest.is_some_and(|nanos| nanos < 1_000_000), "{closest:?} ns apart");
    }

    #[test]
    fn beneath_a_root_time_never_runs_backwards_while_the_clock_is_re_anchored() {
        start();
        let stop = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    re_anchor();
                }
            });
            let clock = LocalClock::starting(Ticks::now());
            let mut last = 0;
            for _ in 0..100_000 {
                let now = clock.unix_nanos(Ticks::now());
                assert!(now >= last, "{now} after {last}");
                last = now;
            }
            stop.store(true, Ordering::Relaxed);
        });
    }
}
