//! Chance that can be repeated.

use std::time::{Duration, Instant};

/// SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below the bound.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % bound.max(1) as u64) as usize
    }

    /// One of them.
    pub(crate) fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// A seed that no other run has where there is time to look for what nobody has found, else always the same
/// one; it is printed with what a run tried.
pub(crate) fn fresh_seed() -> u64 {
    match std::env::var_os("TELEMETRY_FUZZ_SECONDS") {
        Some(_) => std::time::UNIX_EPOCH.elapsed().map_or(1, |since| since.as_nanos() as u64),
        None => 1,
    }
}

/// So many times as long as `TELEMETRY_FUZZ_SECONDS` says, by default a second.
pub(crate) fn deadline(times: u32) -> Instant {
    let seconds = std::env::var("TELEMETRY_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    Instant::now() + Duration::from_secs(seconds.unwrap_or(1)) * times
}
