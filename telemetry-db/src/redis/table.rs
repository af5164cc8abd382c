use std::sync::OnceLock;

/// Names and what is known of them: filled as they come, up to a fixed number,
/// read without a lock, never emptied.
#[derive(Debug)]
pub(super) struct Table<T> {
    slots: Box<[OnceLock<Entry<T>>]>,
}

#[derive(Debug)]
struct Entry<T> {
    name: Box<str>,
    value: T,
}

/// How many places a name may take.
const TRIES: usize = 16;

impl<T> Table<T> {
    pub(super) fn of_size(size: usize) -> Self {
        Table { slots: (0..size).map(|_| OnceLock::new()).collect() }
    }

    /// What is known of `name`, made if there is room for it.
    pub(super) fn find(&self, name: &str, make: impl Fn() -> T) -> Option<&T> {
        let first = hash(name);
        for step in 0..TRIES.min(self.slots.len()) {
            let slot = self.slots.get((first + step) % self.slots.len())?;
            let entry = slot.get_or_init(|| Entry { name: name.into(), value: make() });
            if &*entry.name == name {
                return Some(&entry.value);
            }
        }
        None
    }
}

/// FNV-1a; every hit is verified.
fn hash(name: &str) -> usize {
    name.bytes()
        .fold(0x811C_9DC5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
        as usize
}
