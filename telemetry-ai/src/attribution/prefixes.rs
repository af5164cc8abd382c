//! Prompts that begin as an earlier one did, and yet weren't read from the provider's cache.

use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    time::{Duration, Instant},
};

use crate::{Provider, Usage};

/// A prompt is compared by so many of its first bytes; a shorter one isn't cached anywhere.
pub(crate) const LENGTH: usize = 4_096;
/// The shortest time that a provider keeps a prompt for.
const KEPT: Duration = Duration::from_secs(5 * 60);
/// So many beginnings are remembered.
const MOST: usize = 1_024;

/// The beginnings of the prompts of the last minutes, as hashes; no text is kept.
#[derive(Debug, Default)]
pub(super) struct Prefixes {
    state: RandomState,
    seen: HashMap<u64, Instant>,
}

impl Prefixes {
    /// Whether a prompt began as one of the last five minutes did and its provider says that nothing
    /// of it was read from the cache.
    pub(super) fn missed(
        &mut self,
        provider: &Provider,
        model: &str,
        prefix: u64,
        usage: &Usage,
        now: Instant,
    ) -> bool {
        let key = self.state.hash_one((provider, model, prefix));
        let late = |seen: &Instant| now.saturating_duration_since(*seen) > KEPT;
        let repeated = self.seen.get(&key).is_some_and(|seen| !late(seen));
        if !repeated && self.seen.len() >= MOST {
            self.seen.retain(|_, seen| !late(seen));
            if self.seen.len() >= MOST
                && let Some(oldest) =
                    self.seen.iter().min_by_key(|(_, seen)| **seen).map(|(key, _)| *key)
            {
                self.seen.remove(&oldest);
            }
        }
        self.seen.insert(key, now);
        // A provider that doesn't say has no cache, or keeps it to itself.
        repeated && usage.cache_read_input_tokens == Some(0)
    }
}

/// The hash of a prompt's beginning; `None` if it is too short to be cached.
pub(crate) fn hash(prompt: &[u8]) -> Option<u64> {
    // FNV-1a over words: a request's body isn't hostile to itself, and the result is hashed again.
    let words = prompt.get(..LENGTH)?.chunks_exact(8);
    Some(words.fold(0xcbf2_9ce4_8422_2325, |hash, word| {
        let word = word.try_into().map_or(0, u64::from_le_bytes);
        (hash ^ word).wrapping_mul(0x0100_0000_01b3).rotate_left(23)
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(read: Option<u64>) -> Usage {
        Usage { cache_read_input_tokens: read, ..Usage::default() }
    }

    #[test]
    fn a_repeated_beginning_that_was_not_read_from_the_cache_was_missed() {
        let mut prefixes = Prefixes::default();
        let start = Instant::now();
        let mut missed = |prefix, read, seconds| {
            let now = start + Duration::from_secs(seconds);
            prefixes.missed(&Provider::OPENAI, "gpt-4o", prefix, &usage(read), now)
        };
        assert!(!missed(1, Some(0), 0), "the first time there is nothing to read");
        assert!(missed(1, Some(0), 1));
        assert!(!missed(1, Some(1024), 2), "it was read");
        assert!(!missed(1, None, 3), "nobody says");
        assert!(!missed(2, Some(0), 4), "another one");
        assert!(!missed(1, Some(0), 4 + 301), "it was forgotten by then");
    }

    #[test]
    fn beginnings_are_bounded() {
        let mut prefixes = Prefixes::default();
        let start = Instant::now();
        for prefix in 0..3 * u64::try_from(MOST).unwrap() {
            let now = start + Duration::from_millis(prefix);
            prefixes.missed(&Provider::OPENAI, "gpt-4o", prefix, &usage(Some(0)), now);
            assert!(prefixes.seen.len() <= MOST);
        }
    }

    #[test]
    fn only_a_long_prompt_has_a_beginning() {
        assert_eq!(hash(&[b'x'; LENGTH - 1]), None);
        let (mut one, mut other) = (vec![b'x'; LENGTH], vec![b'x'; LENGTH + 9]);
        assert_eq!(hash(&one), hash(&other));
        one[LENGTH - 1] = b'y';
        assert_ne!(hash(&one), hash(&other));
        other[0] = b'y';
        assert_ne!(hash(&one), hash(&other));
    }
}
