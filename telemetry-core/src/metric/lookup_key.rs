//! Attributes as they are looked up: hashed and compared where they lie, so that finding a series
//! copies nothing.

use std::hash::BuildHasher;

use hashbrown::DefaultHashBuilder;

use crate::attribute::{ATTRIBUTE_FIELD, Value, put_attribute};

/// Attributes kept to be compared with those being looked up, in the order in which they were given.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LookupKey {
    /// One for each attribute; none when `text` is all of them, encoded.
    parts: Box<[Part]>,
    /// The names and the texts, one after the other.
    text: Box<[u8]>,
}

/// All of an attribute but its texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Part {
    /// The length of its name, and the kind of its value in the lowest bits.
    shape: usize,
    /// A number's bits or a text's length.
    number: u64,
}

impl Part {
    const EMPTY: usize = 0;
    const BOOL: usize = 1;
    const I64: usize = 2;
    const F64: usize = 3;
    const STR: usize = 4;
}

/// A seed, so that nobody can choose attributes that fall together.
#[derive(Debug)]
pub(super) struct Seed(u64);

impl Seed {
    /// An odd number without a pattern in its bits.
    const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

    pub(super) fn random() -> Self {
        Self(DefaultHashBuilder::default().hash_one(Self::MULTIPLIER))
    }

    /// A hash of an instrument and attributes; none when one of them is of a kind that has to be
    /// encoded to be compared.
    #[inline]
    pub(super) fn hash(&self, instrument: u64, attributes: &[(&str, Value<'_>)]) -> Option<u64> {
        let mut hash = self.0 ^ instrument;
        for (name, value) in attributes {
            let (part, text) = part(name, value)?;
            // Names differ less than values, and are compared in full.
            hash = match value {
                Value::Str(_) => self.hash_text(hash ^ part.shape as u64, text),
                _ => mixed(hash ^ part.number, Self::MULTIPLIER ^ part.shape as u64),
            };
        }
        Some(mixed(hash, Self::MULTIPLIER))
    }

    /// A hash of an instrument and encoded attributes.
    pub(super) fn hash_encoded(&self, instrument: u64, encoded: &[u8]) -> u64 {
        mixed(self.hash_text(self.0 ^ instrument, encoded), Self::MULTIPLIER)
    }

    #[inline]
    fn hash_text(&self, hash: u64, text: &[u8]) -> u64 {
        let mut hash = hash ^ (text.len() as u64) << 32;
        let mut rest = text;
        while let Some((chunk, after)) = rest.split_first_chunk::<16>() {
            let (low, high) = halves(chunk);
            hash = mixed(hash ^ low, self.0 ^ high);
            rest = after;
        }
        // Of what is left, the beginning and the end, which overlap when there is little of it.
        let (low, high) = match (rest.first_chunk::<8>(), rest.last_chunk::<8>()) {
            (Some(first), Some(last)) => (u64::from_le_bytes(*first), u64::from_le_bytes(*last)),
            _ => match (rest.first_chunk::<4>(), rest.last_chunk::<4>()) {
                (Some(first), Some(last)) => {
                    (u32::from_le_bytes(*first).into(), u32::from_le_bytes(*last).into())
                }
                _ => (
                    rest.first().copied().unwrap_or(0).into(),
                    u64::from(rest.last().copied().unwrap_or(0)) << 8
                        | u64::from(rest.get(rest.len() / 2).copied().unwrap_or(0)),
                ),
            },
        };
        mixed(hash ^ low, self.0 ^ high)
    }
}

/// Both halves of the product: each bit of it depends on all bits of both.
#[inline]
fn mixed(one: u64, other: u64) -> u64 {
    let product = u128::from(one) * u128::from(other);
    product as u64 ^ (product >> 64) as u64
}

#[inline]
fn halves(chunk: &[u8; 16]) -> (u64, u64) {
    let both = u128::from_le_bytes(*chunk);
    (both as u64, (both >> 64) as u64)
}

impl LookupKey {
    /// Keeps attributes that [`Seed::hash`] gave a hash of.
    pub(super) fn new(attributes: &[(&str, Value<'_>)]) -> Self {
        let mut text = Vec::new();
        let parts = attributes.iter().filter_map(|(name, value)| {
            let (part, value) = part(name, value)?;
            text.extend_from_slice(name.as_bytes());
            text.extend_from_slice(value);
            Some(part)
        });
        let parts = parts.collect();
        Self { parts, text: text.into() }
    }

    /// Keeps attributes in their encoded form.
    pub(super) fn of_encoded(encoded: &[u8]) -> Self {
        Self { parts: Box::default(), text: encoded.into() }
    }

    /// Whether these are the attributes, in this order.
    #[inline]
    pub(super) fn is(&self, attributes: &[(&str, Value<'_>)]) -> bool {
        if self.parts.len() != attributes.len() || (self.parts.is_empty() && !self.text.is_empty())
        {
            return false;
        }
        let mut rest = &*self.text;
        for (known, (name, value)) in self.parts.iter().zip(attributes) {
            let Some((part, text)) = part(name, value) else { return false };
            if *known != part {
                return false;
            }
            let Some(after_name) = after(rest, name.as_bytes()) else { return false };
            let Some(after_text) = after(after_name, text) else { return false };
            rest = after_text;
        }
        true
    }
}

/// Encodes attributes of any kind.
pub(super) fn encode(out: &mut Vec<u8>, attributes: &[(&str, Value<'_>)]) {
    out.clear();
    for (name, value) in attributes {
        put_attribute(out, ATTRIBUTE_FIELD, name, *value);
    }
}

/// An attribute in parts; none for lists and bytes.
#[inline(always)]
fn part<'a>(name: &str, value: &Value<'a>) -> Option<(Part, &'a [u8])> {
    let (kind, number, text) = match *value {
        Value::Str(text) => (Part::STR, text.len() as u64, text.as_bytes()),
        Value::I64(number) => (Part::I64, number as u64, &[][..]),
        Value::Bool(truth) => (Part::BOOL, u64::from(truth), &[][..]),
        Value::F64(number) => (Part::F64, number.to_bits(), &[][..]),
        Value::Empty => (Part::EMPTY, 0, &[][..]),
        _ => return None,
    };
    Some((Part { shape: name.len() << 3 | kind, number }, text))
}

/// Whether `known` begins with `text`; what follows it. Most texts are too short for a call to be
/// worth it.
#[inline(always)]
fn after<'a>(known: &'a [u8], text: &[u8]) -> Option<&'a [u8]> {
    let (known, after) = known.split_at_checked(text.len())?;
    let is_same = match text.len() {
        8..=16 => same_ends::<8>(known, text),
        17..=32 => same_ends::<16>(known, text),
        4..=7 => same_ends::<4>(known, text),
        2..=3 => same_ends::<2>(known, text),
        0 => true,
        _ => known == text,
    };
    is_same.then_some(after)
}

/// Whether two texts of at least `N` bytes begin and end alike: whether they are the same, when they
/// are of twice that length at the most.
#[inline(always)]
fn same_ends<const N: usize>(one: &[u8], other: &[u8]) -> bool {
    match (
        one.first_chunk::<N>(),
        other.first_chunk::<N>(),
        one.last_chunk::<N>(),
        other.last_chunk::<N>(),
    ) {
        (Some(one_first), Some(other_first), Some(one_last), Some(other_last)) => {
            one_first == other_first && one_last == other_last
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Clone, Debug)]
    enum Owned {
        Str(String),
        I64(i64),
        Bool(bool),
        F64(f64),
    }

    fn values(owned: &[(String, Owned)]) -> Vec<(&str, Value<'_>)> {
        let mut values = Vec::new();
        for (name, owned) in owned {
            let value = match owned {
                Owned::Str(text) => Value::Str(text),
                Owned::I64(value) => Value::I64(*value),
                Owned::Bool(value) => Value::Bool(*value),
                Owned::F64(value) => Value::F64(*value),
            };
            values.push((name.as_str(), value));
        }
        values
    }

    fn attributes() -> impl Strategy<Value = Vec<(String, Owned)>> {
        let value = prop_oneof![
            "[ab]{0,40}".prop_map(Owned::Str),
            (-1..2_i64).prop_map(Owned::I64),
            any::<bool>().prop_map(Owned::Bool),
            prop_oneof![Just(0.0), Just(1.0), any::<f64>()].prop_map(Owned::F64),
        ];
        prop::collection::vec(("[ab]{0,20}", value), 0..4)
    }

    proptest! {
        #[test]
        fn a_key_is_its_attributes_and_no_others(one in attributes(), other in attributes()) {
            let seed = Seed::random();
            let (one, other) = (values(&one), values(&other));
            let key = LookupKey::new(&one);
            prop_assert!(key.is(&one));
            let encoded = |attributes: &[(&str, Value<'_>)]| {
                let mut out = Vec::new();
                encode(&mut out, attributes);
                out
            };
            // What is encoded alike is alike, but for an attribute without a value.
            let alike = encoded(&one) == encoded(&other);
            prop_assert_eq!(key.is(&other), alike);
            if alike {
                prop_assert_eq!(seed.hash(1, &one), seed.hash(1, &other));
            }
            prop_assert!(!LookupKey::of_encoded(&encoded(&one)).is(&one) || one.is_empty());
        }
    }

    #[test]
    fn hashes_of_attributes_that_differ_a_little_differ() {
        let seed = Seed::random();
        let mut hashes = std::collections::HashSet::new();
        for number in 0..10_000_i64 {
            let text = format!("user-{number}");
            hashes.insert(seed.hash(1, &[("user", Value::Str(&text))]));
            hashes.insert(seed.hash(1, &[("user", Value::I64(number))]));
            hashes.insert(seed.hash(1, &[("a", Value::I64(number)), ("b", Value::I64(-number))]));
        }
        assert!(hashes.len() >= 29_990, "{}", hashes.len());
        assert_eq!(seed.hash(1, &[("list", Value::I64Array(&[1]))]), None);
    }
}
