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

/// FNV-1a; every hit is verified.
#[inline]
fn hash(name: &[u8]) -> usize {
    name.iter()
        .fold(0x811C_9DC5_u32, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
        as usize
}
