use std::cell::RefCell;

use super::Statement;
use super::dialect::Dialect;

/// The analysis of `text`, from this thread's cache where possible.
pub(super) fn find(text: &str, dialect: Dialect) -> Statement {
    if text.len() > LONGEST {
        return Statement::analyse(text, dialect);
    }
    CACHE
        .try_with(|cache| {
            let mut cache = cache.try_borrow_mut().ok()?;
            Some(cache.find(text, dialect))
        })
        .ok()
        .flatten()
        .unwrap_or_else(|| Statement::analyse(text, dialect))
}

/// Longer texts are usually generated and seldom come back.
const LONGEST: usize = 8 * 1024;
const SLOTS: usize = 256;
/// What one thread may keep, in bytes of query text.
const CAPACITY: usize = 256 * 1024;

thread_local! {
    static CACHE: RefCell<Cache> = RefCell::new(Cache::default());
}

/// A direct-mapped cache: one slot for each hash, verified by comparing the
/// text, so neither a collision nor a reused address can mislead.
#[derive(Default)]
struct Cache {
    slots: Vec<Option<Slot>>,
    bytes: usize,
}

struct Slot {
    dialect: Dialect,
    statement: Statement,
}

impl Cache {
    fn find(&mut self, text: &str, dialect: Dialect) -> Statement {
        if self.bytes > CAPACITY {
            *self = Cache::default();
        }
        if self.slots.is_empty() {
            self.slots.resize_with(SLOTS, || None);
        }
        let Some(slot) = self.slots.get_mut(hash(text) % SLOTS) else {
            return Statement::analyse(text, dialect);
        };
        if let Some(kept) = slot
            && kept.dialect == dialect
            && *kept.statement.analysis.text == *text
        {
            return kept.statement.clone();
        }
        let statement = Statement::analyse(text, dialect);
        let replaced = slot.replace(Slot { dialect, statement: statement.clone() });
        self.bytes += text.len();
        self.bytes -= replaced.map_or(0, |slot| slot.statement.analysis.text.len());
        statement
    }
}

/// Eight bytes at a time, multiply and fold; quality matters little, since
/// every hit is verified.
fn hash(text: &str) -> usize {
    const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
    let mut state = (text.len() as u64).wrapping_mul(SPREAD);
    let (words, rest) = text.as_bytes().as_chunks::<8>();
    for word in words {
        state = (state ^ u64::from_le_bytes(*word)).wrapping_mul(SPREAD);
        state ^= state >> 29;
    }
    let mut last = [0_u8; 8];
    if let Some(bytes) = last.get_mut(..rest.len()) {
        bytes.copy_from_slice(rest);
    }
    state = (state ^ u64::from_le_bytes(last)).wrapping_mul(SPREAD);
    usize::try_from(state >> 32).unwrap_or_default()
}
