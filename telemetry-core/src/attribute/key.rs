use std::fmt;

/// The name of an attribute that stands in the code, made ready to be encoded when the program is
/// built. [`span!`](crate::span!) and [`emit!`](crate::emit!) make one of each key; a layer that sets
/// the same attributes for every operation keeps its own.
///
/// ```
/// use telemetry_core::{Key, Value, span};
///
/// static KEYS: [Key; 2] = [Key::new("job.queue"), Key::new("job.attempt")];
///
/// let mut span = span!("job.run").start();
/// span.set_all(&KEYS, &[Value::from("mail"), Value::from(1)]);
/// ```
#[derive(Clone, Copy)]
pub struct Key {
    name: &'static str,
    print: u64,
    /// Tag, length and bytes of the name as they stand in a record, if it isn't too long for that.
    encoded: [u8; Key::ENCODED],
}

impl Key {
    /// Names up to this length, nearly all, are encoded ahead.
    pub(crate) const SHORT: usize = 62;
    /// Names up to this length are copied in half of the time.
    pub(super) const SHORTER: usize = 30;
    const ENCODED: usize = Self::SHORT + 2;

    /// The key of this name.
    pub const fn new(name: &'static str) -> Self {
        let bytes = name.as_bytes();
        let mut encoded = [0; Self::ENCODED];
        if bytes.len() <= Self::SHORT {
            let (head, place) = encoded.split_at_mut(2);
            // KeyValue.key = 1
            head.copy_from_slice(&[0x0a, bytes.len() as u8]);
            place.split_at_mut(bytes.len()).0.copy_from_slice(bytes);
        }
        Self { name, print: print(name), encoded }
    }

    /// The name.
    #[inline]
    pub const fn as_str(&self) -> &'static str {
        self.name
    }

    #[inline]
    pub(crate) const fn print(&self) -> u64 {
        self.print
    }

    #[inline]
    pub(super) const fn encoded(&self) -> &[u8; Self::ENCODED] {
        &self.encoded
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_tuple("Key").field(&self.name).finish()
    }
}

/// One of 64 bits for a key, by its length, its end and two places before: names of one area differ there.
/// Two keys with different prints are different; most that have the same are the same. The factors are
/// those of a few million random ones by which the fewest of the names that the conventions put on one span
/// share a bit.
#[inline]
pub(crate) const fn print(key: &str) -> u64 {
    let bytes = key.as_bytes();
    let (last, middle, third) = match bytes {
        [] => (0, 0, 0),
        [.., last] => (*last, bytes[bytes.len() / 2], bytes[bytes.len() / 3]),
    };
    let mixed = (bytes.len() as u64).wrapping_mul(0xf451_e949)
        ^ (last as u64).wrapping_mul(0xd59c_5a75)
        ^ (middle as u64).wrapping_mul(0x4a21_b225)
        ^ (third as u64).wrapping_mul(0xbb95_04e1);
    1 << ((mixed ^ mixed >> 9) & 63)
}
