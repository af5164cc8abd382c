use std::sync::Arc;

/// What of a key may be shown: the rule by which hits and misses are told
/// apart. A key is never shown whole.
///
/// The default is [`Prefixes::words`].
///
/// ```
/// use telemetry_db::redis::Prefixes;
///
/// let words = Prefixes::words();
/// assert_eq!(words.of(b"session:81f2"), Some("session"));
/// assert_eq!(words.of(b"cart-items:7:total"), Some("cart-items"));
/// // No word, or nothing behind it: that may be anything.
/// assert_eq!(words.of(b"81f2:session"), None);
/// assert_eq!(words.of(b"alice@example.com:cart"), None);
/// assert_eq!(words.of(b"session"), None);
///
/// let known = Prefixes::known(["session:", "cart:items:"]);
/// assert_eq!(known.of(b"cart:items:7"), Some("cart:items:"));
/// assert_eq!(known.of(b"alice:7"), None);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Prefixes(Rule);

#[derive(Clone, Debug, Default)]
enum Rule {
    None,
    #[default]
    Words,
    Known(Arc<[Box<str>]>),
}

const LONGEST_WORD: usize = 24;

impl Prefixes {
    /// The first word of a key: what stands before its first `:`, if that is
    /// at most 24 letters, `_`, `-` and `.`, with no digit among them.
    ///
    /// Where keys begin with the name of a person, say [`Prefixes::known`]
    /// instead.
    #[must_use]
    pub fn words() -> Self {
        Prefixes(Rule::Words)
    }

    /// These prefixes and no others. Of several that fit the first one counts.
    #[must_use]
    pub fn known<P: Into<Box<str>>>(prefixes: impl IntoIterator<Item = P>) -> Self {
        Prefixes(Rule::Known(prefixes.into_iter().map(Into::into).collect()))
    }

    /// No prefix at all: hits and misses are counted together.
    #[must_use]
    pub fn none() -> Self {
        Prefixes(Rule::None)
    }

    /// The prefix of `key` that is shown, if there is any.
    #[must_use]
    pub fn of<'a>(&'a self, key: &'a [u8]) -> Option<&'a str> {
        self.part(key).and_then(|part| std::str::from_utf8(part).ok())
    }

    /// The same as bytes, which are of a text.
    #[inline]
    pub(super) fn part<'a>(&'a self, key: &'a [u8]) -> Option<&'a [u8]> {
        match &self.0 {
            Rule::None => None,
            Rule::Words => word(key),
            Rule::Known(known) => {
                let mut known = known.iter().map(|prefix| prefix.as_bytes());
                known.find(|prefix| key.starts_with(prefix))
            }
        }
    }
}

fn word(key: &[u8]) -> Option<&[u8]> {
    let end = key.iter().take(LONGEST_WORD + 1).position(|byte| !is_of_word(*byte))?;
    let (word, rest) = key.split_at_checked(end)?;
    matches!(rest, [b':', _, ..]).then_some(word).filter(|word| !word.is_empty())
}

#[inline]
fn is_of_word(byte: u8) -> bool {
    /// One bit for each byte, asked for each byte of each key.
    const BITS: [u64; 2] = {
        let mut bits = [0; 2];
        let mut byte = 0_u8;
        while byte < 128 {
            if byte.is_ascii_alphabetic() || matches!(byte, b'_' | b'-' | b'.') {
                bits[(byte / 64) as usize] |= 1 << (byte % 64);
            }
            byte += 1;
        }
        bits
    };
    BITS.get(usize::from(byte / 64)).is_some_and(|bits| bits >> (byte % 64) & 1 == 1)
}
