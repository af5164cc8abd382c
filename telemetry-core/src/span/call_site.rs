use crate::attribute::{ATTRIBUTE_FIELD, Key, SHORT_TEXT};
use crate::wire::LENGTH;

/// What a [`span!`](crate::span!) in the code says by itself: its keys, and the values that are written out
/// as texts, encoded when it is compiled.
#[derive(Debug)]
pub struct CallSite {
    keys: &'static [Key],
    /// The values that are known, each at the place of its key.
    texts: &'static [Option<&'static str>],
    encoded: [u8; CallSite::ENCODED],
    length: usize,
    /// The prints of the keys of known values.
    seen: u64,
    count: u16,
    /// Whether all known values are in `encoded` and no key is there twice.
    is_whole: bool,
}

impl CallSite {
    /// Room for three or four attributes.
    pub(super) const ENCODED: usize = 6 * Self::PIECE;
    /// How much of it is copied at once.
    pub(super) const PIECE: usize = 32;

    /// These keys; a text is the value of the key at the same place.
    pub const fn new(keys: &'static [Key], texts: &'static [Option<&'static str>]) -> Self {
        let (encoded, length) = ([0; Self::ENCODED], 0);
        let mut site = Self { keys, texts, encoded, length, seen: 0, count: 0, is_whole: true };
        let mut at = 0;
        while at < keys.len() && at < texts.len() {
            let print = keys[at].print();
            site.is_whole &= !is_among(keys[at].as_str(), keys, at);
            if let Some(text) = texts[at] {
                site.is_whole &= site.encode(keys[at].as_str().as_bytes(), text.as_bytes());
                site.seen |= print;
                site.count += 1;
            }
            at += 1;
        }
        site
    }

    /// False when there is no room for it, or it isn't of the short form.
    const fn encode(&mut self, key: &[u8], text: &[u8]) -> bool {
        if key.len() > Key::SHORT
            || text.len() > SHORT_TEXT
            || self.length + key.len() + text.len() + 8 > Self::ENCODED
        {
            return false;
        }
        let tag = (ATTRIBUTE_FIELD << 3 | LENGTH) as u8;
        let length = (key.len() + text.len() + 6) as u8;
        self.append(&[tag, length, 0x0a, key.len() as u8]);
        self.append(key);
        self.append(&[0x12, text.len() as u8 + 2, 0x0a, text.len() as u8]);
        self.append(text);
        true
    }

    const fn append(&mut self, bytes: &[u8]) {
        let (_, rest) = self.encoded.split_at_mut(self.length);
        rest.split_at_mut(bytes.len()).0.copy_from_slice(bytes);
        self.length += bytes.len();
    }

    #[inline]
    pub(super) fn keys(&self) -> &'static [Key] {
        self.keys
    }

    /// Whether all values come at run time.
    #[inline]
    pub(super) fn knows_none(&self) -> bool {
        self.count == 0
    }

    /// The known value of the key at `place`.
    pub(super) fn text(&self, place: usize) -> Option<&'static str> {
        self.texts.get(place).copied().flatten()
    }

    /// The known values as attributes; none when they have to be set one by one.
    #[inline]
    pub(super) fn encoded(&self) -> Option<Known<'_>> {
        self.is_whole.then_some(Known {
            bytes: &self.encoded,
            length: self.length,
            seen: self.seen,
            count: self.count,
        })
    }

    /// Whether a value that is written as `source` is a text.
    pub const fn is_text(source: &str) -> bool {
        matches!(source.as_bytes(), [b'"' | b'r', ..])
    }
}

/// Whether one of the first `count` keys is this one; to the letter, since the compiler has the time.
const fn is_among(key: &str, keys: &[Key], count: usize) -> bool {
    let mut at = 0;
    while at < count {
        if is_same(key.as_bytes(), keys[at].as_str().as_bytes()) {
            return true;
        }
        at += 1;
    }
    false
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    if one.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

/// Attributes whose keys are all different, in a place of constant size.
pub(super) struct Known<'a> {
    pub(super) bytes: &'a [u8; CallSite::ENCODED],
    pub(super) length: usize,
    pub(super) seen: u64,
    pub(super) count: u16,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;
    use crate::attribute::Attributes;
    use crate::span::AttributeBuffer;
    use proptest::prelude::*;
    use std::collections::BTreeMap;
    use std::sync::Mutex;

    /// Those that were made, which stay for as long as the program runs.
    static MADE: Mutex<Vec<&CallSite>> = Mutex::new(Vec::new());

    fn site(keys: &[String], texts: &[Option<String>]) -> &'static CallSite {
        let leaked = |text: &String| -> &'static str { Box::leak(text.clone().into_boxed_str()) };
        let keys: Vec<Key> = keys.iter().map(|key| Key::new(leaked(key))).collect();
        let texts: Vec<Option<&str>> = texts.iter().map(|text| text.as_ref().map(leaked)).collect();
        let site: &'static CallSite = Box::leak(Box::new(CallSite::new(keys.leak(), texts.leak())));
        MADE.lock().unwrap().push(site);
        site
    }

    fn read(buffer: &AttributeBuffer) -> BTreeMap<String, String> {
        let attributes = Attributes::new(buffer.bytes(), ATTRIBUTE_FIELD);
        attributes.map(|(key, value)| (key.to_owned(), format!("{value:?}"))).collect()
    }

    proptest! {
        #[test]
        fn what_is_known_is_set_as_if_it_came_at_run_time(
            known in prop::collection::vec(
                ("[a-z]{1,3}|[a-z]{60,64}", prop::option::of("\\PC{0,70}"), any::<i64>()), 0..9,
            ),
            room: bool,
        ) {
            let keys: Vec<String> = known.iter().map(|(key, ..)| key.clone()).collect();
            let texts: Vec<Option<String>> = known.iter().map(|(_, text, _)| text.clone()).collect();
            let site = site(&keys, &texts);
            let mut expected = AttributeBuffer::new();
            for (key, text, number) in &known {
                expected.set(key, text.as_deref().map_or(Value::I64(*number), Value::Str));
            }
            let mut found = AttributeBuffer::new();
            if room {
                found.set("warm", Value::I64(1));
                found.clear();
            }
            let value = |(_, text, number): &(String, Option<String>, i64)| {
                if text.is_some() { Value::Empty } else { Value::I64(*number) }
            };
            found.set_known(site, &known.iter().map(value).collect::<Vec<_>>());
            prop_assert_eq!(read(&found), read(&expected));
            prop_assert_eq!(
                Attributes::new(found.bytes(), ATTRIBUTE_FIELD).count(),
                read(&expected).len()
            );
        }
    }

    #[test]
    fn texts_in_the_code_are_told_from_other_literals() {
        assert!(CallSite::is_text(stringify!("GET")) && CallSite::is_text(stringify!(r#"GET"#)));
        for other in [stringify!(17), stringify!(-1), stringify!(true), stringify!(1.5)] {
            assert!(!CallSite::is_text(other), "{other}");
        }
    }
}
