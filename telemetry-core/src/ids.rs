use std::cell::Cell;

use crate::context::{SpanId, TraceId};
use crate::pipeline::with_local;

/// Random ids of one thread: xoshiro256++ (Blackman and Vigna, <https://prng.di.unimi.it/>), seeded
/// by the operating system. Not for secrets; ids only need to be unlikely to collide.
#[derive(Debug)]
pub(crate) struct IdGenerator {
    state: Cell<[u64; 4]>,
}

impl IdGenerator {
    pub(crate) fn seeded() -> Self {
        let mut seed = [0; 32];
        if getrandom::fill(&mut seed).is_err() {
            // No source of randomness at all: the clock and an address are better than a panic.
            let address = &raw const seed as usize as u64;
            for (chunk, salt) in seed.chunks_exact_mut(8).zip(1_u64..) {
                let mixed = mix(crate::clock::system_unix_nanos() ^ address.rotate_left(32) ^ salt);
                chunk.copy_from_slice(&mixed.to_le_bytes());
            }
        }
        let mut state = [0; 4];
        for (word, chunk) in state.iter_mut().zip(seed.chunks_exact(8)) {
            *word = chunk.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
        }
        // The one state from which the generator never leaves.
        if state == [0; 4] {
            state[0] = 1;
        }
        Self { state: Cell::new(state) }
    }

    #[inline]
    pub(crate) fn trace_id(&self) -> TraceId {
        loop {
            let value = u128::from(self.next()) << 64 | u128::from(self.next());
            if value != 0 {
                return TraceId::from_u128(value);
            }
        }
    }

    #[inline]
    pub(crate) fn span_id(&self) -> SpanId {
        loop {
            let value = self.next();
            if value != 0 {
                return SpanId::from_u64(value);
            }
        }
    }

    #[inline]
    fn next(&self) -> u64 {
        let mut s = self.state.get();
        let result = s[0].wrapping_add(s[3]).rotate_left(23).wrapping_add(s[0]);
        let t = s[1] << 17;
        s[2] ^= s[0];
        s[3] ^= s[1];
        s[1] ^= s[2];
        s[0] ^= s[3];
        s[2] ^= t;
        s[3] = s[3].rotate_left(45);
        self.state.set(s);
        result
    }
}

impl TraceId {
    /// A new one, as a root span would have it: for what is to be told apart without a trace.
    ///
    /// ```
    /// use telemetry_core::TraceId;
    ///
    /// assert_ne!(TraceId::random(), TraceId::random());
    /// ```
    pub fn random() -> Self {
        let known = with_local(|local| local.trace_id());
        // The thread is ending, and its generator is gone.
        known.unwrap_or_else(|| IdGenerator::seeded().trace_id())
    }
}

/// The finaliser of SplitMix64.
fn mix(value: u64) -> u64 {
    let value = (value ^ value >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ value >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ value >> 31
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_differ_within_and_between_generators() {
        let ids: HashSet<_> = (0..100)
            .flat_map(|_| {
                let generator = IdGenerator::seeded();
                (0..1000).map(move |_| generator.span_id()).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(ids.len(), 100_000);
    }
}
