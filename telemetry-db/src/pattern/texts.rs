use std::sync::atomic::{AtomicU64, Ordering};

/// How many different texts were seen, by linear counting in 256 bits
/// (Whang, Vander-Zanden and Taylor, 1990): good up to several hundred.
#[derive(Debug, Default)]
pub(super) struct Texts([AtomicU64; 4]);

const BITS: f64 = 256.0;

impl Texts {
    /// Notes a text by its hash, and says about how many there were.
    pub(super) fn saw(&self, hash: u64) -> u64 {
        let word = usize::try_from(hash >> 6 & 3).unwrap_or(0);
        if let Some(word) = self.0.get(word) {
            word.fetch_or(1 << (hash & 63), Ordering::Relaxed);
        }
        let set: u32 = self.0.iter().map(|word| word.load(Ordering::Relaxed).count_ones()).sum();
        let free = (BITS - f64::from(set)).max(1.0);
        (BITS * (BITS / free).ln()).round() as u64
    }
}
