use std::time::Duration;

use crate::pipeline::with_local;

/// How often an operation is tried, and how long is waited in between.
///
/// A delay is drawn between half of it and the whole, so that many callers don't come back all at
/// once; [`RetryPolicy::exact`] leaves that out.
///
/// ```
/// use std::time::Duration;
/// use telemetry_core::RetryPolicy;
///
/// let policy = RetryPolicy::exponential(Duration::from_millis(100)).attempts(4);
/// let delays: Vec<_> = (1..=4).map(|failed| policy.delay(failed)).collect();
/// let millis = |number| Some(Duration::from_millis(number));
/// assert_eq!(delays, [millis(100), millis(200), millis(400), None]);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct RetryPolicy {
    first: Duration,
    factor: f64,
    max_delay: Duration,
    attempts: u32,
    within: Option<Duration>,
    exact: bool,
}

impl RetryPolicy {
    /// Waits `first` after the first try, and twice as long after each further one, up to 30 s. Three
    /// tries in all.
    pub const fn exponential(first: Duration) -> Self {
        Self {
            first,
            factor: 2.0,
            max_delay: Duration::from_secs(30),
            attempts: 3,
            within: None,
            exact: false,
        }
    }

    /// Always waits as long. Three tries in all.
    pub const fn fixed(delay: Duration) -> Self {
        Self { factor: 1.0, max_delay: delay, ..Self::exponential(delay) }
    }

    /// Tries in all, the first one included; at least one.
    #[must_use]
    pub const fn attempts(self, attempts: u32) -> Self {
        Self { attempts: if attempts == 0 { 1 } else { attempts }, ..self }
    }

    /// By what each delay is longer than the one before; a number of at least 1.
    #[must_use]
    pub fn factor(self, factor: f64) -> Self {
        Self { factor: if factor >= 1.0 { factor } else { 1.0 }, ..self }
    }

    /// The longest delay, 30 s by default.
    #[must_use]
    pub const fn max_delay(self, delay: Duration) -> Self {
        Self { max_delay: delay, ..self }
    }

    /// Begins no further try that would start later than this after the first one did.
    #[must_use]
    pub const fn within(self, time: Duration) -> Self {
        Self { within: Some(time), ..self }
    }

    /// Waits exactly as long as said.
    #[must_use]
    pub const fn exact(self) -> Self {
        Self { exact: true, ..self }
    }

    /// How long is waited at the most after so many tries have failed; none when that were all.
    pub fn delay(&self, failed: u32) -> Option<Duration> {
        if failed >= self.attempts {
            return None;
        }
        let exponent = i32::try_from(failed.saturating_sub(1)).unwrap_or(i32::MAX);
        let seconds = self.first.as_secs_f64() * self.factor.powi(exponent);
        let delay = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX);
        Some(delay.min(self.max_delay))
    }

    /// How long is waited now, `elapsed` after the first try began.
    pub(super) fn next(&self, failed: u32, elapsed: Duration) -> Option<Duration> {
        let delay = self.delay(failed)?;
        let delay = if self.exact { delay } else { delay.mul_f64(0.5 + random() / 2.0) };
        let in_time = self.within.is_none_or(|within| elapsed.saturating_add(delay) <= within);
        in_time.then_some(delay)
    }
}

/// From 0 to 1, by the thread's own generator.
fn random() -> f64 {
    let bits = with_local(|local| u64::from_be_bytes(local.span_id().to_bytes()));
    // 53 bits are what a double holds.
    bits.map_or(1.0, |bits| (bits >> 11) as f64 / (1_u64 << 53) as f64)
}
