//! Cache writes by how long they are kept.

/// The tokens written to a prompt cache by how long they are kept, which decides their price.
///
/// Parts of [`Usage::cache_write_input_tokens`](super::Usage::cache_write_input_tokens). What the
/// parts leave of it is of no stated lifetime, and is billed at the plain price of a cache write.
///
/// ```
/// use telemetry_ai::Usage;
///
/// let mut usage = Usage::default();
/// usage.cache_write_input_tokens = Some(1_500);
/// usage.cache_writes.one_hour = Some(1_000);
/// assert_eq!(usage.cache_writes.unattributed(1_500), 500);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheWrites {
    /// Kept for five minutes (Anthropic, Bedrock).
    pub five_minutes: Option<u64>,
    /// Kept for an hour (Anthropic, Bedrock).
    pub one_hour: Option<u64>,
    /// Kept for twelve hours (OpenAI).
    pub twelve_hours: Option<u64>,
}

impl CacheWrites {
    pub(super) const NONE: Self = Self { five_minutes: None, one_hour: None, twelve_hours: None };

    /// What the parts leave of `total` written tokens; zero where they exceed it.
    #[must_use]
    pub fn unattributed(&self, total: u64) -> u64 {
        [self.five_minutes, self.one_hour, self.twelve_hours]
            .into_iter()
            .flatten()
            .fold(total, u64::saturating_sub)
    }

    pub(super) fn merge(&mut self, later: &Self) {
        self.five_minutes = later.five_minutes.or(self.five_minutes);
        self.one_hour = later.one_hour.or(self.one_hour);
        self.twelve_hours = later.twelve_hours.or(self.twelve_hours);
    }
}
