use std::sync::OnceLock;

/// Names and what is known of them: filled as they come, up to a fixed number,
/// read without a lock, never emptied.
#[derive(Debug)]
pub(super) struct Table<T> {
    slots: Box<[OnceLock<Entry<T>>]>,
}

#[derive(Debug)]
struct Entry<T> {
    name: Box<[u8]>,
    value: T,
}

/// How many places a name may take.
const TRIES: usize = 16;

impl<T> Table<T> {
    pub(super) fn of_size(size: usize) -> Self {
        Table { slots: (0..size).map(|_| OnceLock::new()).collect() }
    }

    /// What is known of `name`.
    #[inline]
    pub(super) fn known(&self, name: &[u8]) -> Option<&T> {
        self.places(name)
            .map_while(OnceLock::get)
            .find(|entry| *entry.name == *name)
            .map(Entry::value)
    }

    /// What is known of `name`, made if there is room for it.
    #[cold]
    pub(super) fn find(&self, name: &[u8], make: impl Fn() -> T) -> Option<&T> {
        let entry = || Entry { name: name.into(), value: make() };
        let mut entries = self.places(name).map(|slot| slot.get_or_init(entry));
        entries.find(|entry| *entry.name == *name).map(Entry::value)
    }

    /// The slots in which it may be, the likeliest first.
    #[inline]
    fn places(&self, name: &[u8]) -> impl Iterator<Item = &OnceLock<Entry<T>>> {
        let first = hash(name);
        let tries = 0..TRIES.min(self.slots.len());
        tries.filter_map(move |step| self.slots.get((first + step) % self.slots.len()))
    }
}

impl<T> Entry<T> {
    #[inline]
    fn value(&self) -> &T {
        &self.value
    }
}

/// Of the length and the first and last eight bytes, which may overlap; every
/// hit is verified.
#[inline]
fn hash(name: &[u8]) -> usize {
    let ends = match (name.first_chunk(), name.last_chunk()) {
        (Some(first), Some(last)) => {
            u64::from_le_bytes(*first) ^ u64::from_le_bytes(*last).rotate_left(23)
        }
        _ => name.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)),
    };
    let spread = (ends ^ name.len() as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    usize::try_from(spread >> 40).unwrap_or_default()
}
