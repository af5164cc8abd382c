use super::*;
use crate::EncodedAttributes;
use crate::attribute::Key;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn read(buffer: &AttributeBuffer) -> Vec<(String, i64)> {
    Attributes::new(buffer.bytes(), ATTRIBUTE_FIELD)
        .map(|(key, value)| (key.to_owned(), value.as_i64().unwrap()))
        .collect()
}

proptest! {
    #[test]
    fn the_last_value_of_each_key_is_kept(sets in prop::collection::vec(("[a-c]{0,3}", any::<i64>()), 0..40)) {
        let mut buffer = AttributeBuffer::new();
        let mut expected = BTreeMap::new();
        for (key, value) in &sets {
            buffer.set(key, Value::I64(*value));
            expected.insert(key.clone(), *value);
        }
        let got: BTreeMap<_, _> = read(&buffer).into_iter().collect();
        prop_assert_eq!(read(&buffer).len(), expected.len());
        prop_assert_eq!(got, expected);
    }
}

proptest! {
    #[test]
    fn what_was_encoded_before_is_set_as_one_by_one(
        before in prop::collection::vec(("[a-e]{1,2}", "\\PC{0,90}"), 0..6),
        encoded in prop::collection::vec(("[a-e]{1,2}", "\\PC{0,90}"), 0..6),
        after in prop::collection::vec(("[a-e]{1,2}", "\\PC{0,90}"), 0..6),
        count in 0_u16..10,
        length in prop::option::of(0_u32..90),
        limited_before: bool,
    ) {
        let limits = AttributeLimits::new(count, length);
        let pairs: Vec<_> =
            encoded.iter().map(|(key, text)| (key.as_str(), Value::Str(text))).collect();
        let run = EncodedAttributes::new(&pairs);
        let filled = |append: &dyn Fn(&mut AttributeBuffer)| {
            let mut buffer = AttributeBuffer::new();
            if limited_before {
                buffer.limit(limits);
            }
            before.iter().for_each(|(key, text)| buffer.set(key, Value::Str(text)));
            append(&mut buffer);
            after.iter().for_each(|(key, text)| buffer.set(key, Value::Str(text)));
            buffer.limit(limits);
            (buffer.bytes().to_vec(), buffer.dropped())
        };
        let one_by_one = filled(&|buffer| {
            for (key, value) in Attributes::new(&run.bytes, ATTRIBUTE_FIELD) {
                buffer.set(key, value);
            }
        });
        prop_assert_eq!(filled(&|buffer| buffer.append(&run)), one_by_one);
    }
}

#[test]
fn beyond_the_limits_attributes_are_counted_as_dropped() {
    let mut buffer = AttributeBuffer::new();
    buffer.limit(AttributeLimits::DEFAULT);
    for index in 0..200 {
        buffer.set(&format!("key{index}"), Value::I64(index));
    }
    assert_eq!((read(&buffer).len(), buffer.dropped()), (128, 72));
    let mut buffer = AttributeBuffer::new();
    buffer.set("big", Value::Str(&"x".repeat(100_000)));
    buffer.set("small", Value::I64(1));
    assert_eq!((read(&buffer), buffer.dropped()), (vec![("small".to_owned(), 1)], 1));
}

proptest! {
    #[test]
    fn limits_hold_for_what_was_set_before_they_were_known_and_after(
        before in prop::collection::vec(("[a-h]{1,2}", "\\PC{0,90}"), 0..12),
        after in prop::collection::vec(("[a-h]{1,2}", "\\PC{0,90}"), 0..12),
        count in 0_u16..10,
        length in prop::option::of(0_u32..90),
    ) {
        let limits = AttributeLimits::new(count, length);
        let mut buffer = AttributeBuffer::new();
        before.iter().for_each(|(key, text)| buffer.set(key, Value::Str(text)));
        buffer.limit(limits);
        after.iter().for_each(|(key, text)| buffer.set(key, Value::Str(text)));
        let cut = |text: &String| -> String { text.chars().take(limits.length()).collect() };
        // Known keys are replaced, new ones taken while there is room.
        let mut expected: BTreeMap<String, String> = BTreeMap::new();
        let mut distinct: BTreeMap<String, String> = BTreeMap::new();
        for (key, text) in &before {
            distinct.insert(key.clone(), cut(text));
        }
        let read = |buffer: &AttributeBuffer| -> BTreeMap<String, String> {
            Attributes::new(buffer.bytes(), ATTRIBUTE_FIELD)
                .map(|(key, value)| (key.to_owned(), value.as_str().unwrap().to_owned()))
                .collect()
        };
        let got = read(&buffer);
        prop_assert!(got.len() <= usize::from(count));
        for (key, text) in after.iter().rev() {
            expected.entry(key.clone()).or_insert_with(|| cut(text));
        }
        for (key, text) in distinct {
            expected.entry(key).or_insert(text);
        }
        prop_assert!(got.iter().all(|(key, text)| expected.get(key) == Some(text)));
        prop_assert_eq!(got.len(), expected.len().min(usize::from(count)));
        prop_assert!(got.len() == expected.len() || buffer.dropped() > 0);
    }
}

/// Keys of all lengths that are written in different ways. The first three differ and have the same print, so that
/// each takes looking up once another is there.
static KEYS: [Key; 8] = [
    Key::new("a.key"),
    Key::new("b.key"),
    Key::new("c.key"),
    Key::new(""),
    Key::new("messaging.destination.name"),
    Key::new("messaging.destination.partition.id"),
    Key::new("a.name.that.is.longer.than.what.is.encoded.ahead.by.the.compiler.itself"),
    Key::new("k"),
];

/// A value of any kind that is written in a way of its own.
fn any_value(kind: u8, number: i64, text: &str) -> Value<'_> {
    match kind {
        0 => Value::Empty,
        1 => Value::I64(number),
        2 => Value::I64(number & 0x3fff),
        3 => Value::Bool(number < 0),
        4 => Value::F64(number as f64),
        5 => Value::Bytes(text.as_bytes()),
        _ => Value::Str(text),
    }
}

#[test]
fn keys_that_differ_may_have_the_same_print() {
    assert!(KEYS[..3].iter().all(|key| key.print() == KEYS[0].print()));
}

proptest! {
    /// Several at once go the quick way up to the first that can't, and the others one by one: wherever that
    /// is, nothing is skipped and nothing is set twice.
    #[test]
    fn several_at_once_are_set_as_one_by_one(
        before in prop::collection::vec((0_usize..8, 0_u8..7, any::<i64>(), "\\PC{0,60}"), 0..4),
        run in prop::collection::vec((0_usize..8, 0_u8..7, any::<i64>(), "\\PC{0,60}"), 0..12),
        missing_values in 0_usize..2,
        count in 0_u16..10,
        length in prop::option::of(0_u32..90),
        room: bool,
    ) {
        let limits = AttributeLimits::new(count, length);
        let values: Vec<_> =
            run.iter().map(|(_, kind, number, text)| any_value(*kind, *number, text)).collect();
        let values = values.get(missing_values..).unwrap_or_default();
        let keys: Vec<Key> = run.iter().map(|(key, ..)| KEYS[*key]).collect();
        let filled = |set: &dyn Fn(&mut AttributeBuffer)| {
            let mut buffer = AttributeBuffer::new();
            if room {
                buffer.set("warm", Value::I64(1));
                buffer.clear();
            }
            buffer.limit(limits);
            for (key, kind, number, text) in &before {
                buffer.set(KEYS[*key].as_str(), any_value(*kind, *number, text));
            }
            set(&mut buffer);
            (buffer.bytes().to_vec(), buffer.dropped())
        };
        let one_by_one = filled(&|buffer| {
            keys.iter().zip(values).for_each(|(key, value)| buffer.set(key.as_str(), *value));
        });
        let at_once = filled(&|buffer| buffer.set_all(&keys, values));
        prop_assert_eq!(&at_once, &one_by_one);
        if count >= 8 && length.is_none() {
            // All have room: what is there is the last value of each key.
            let mut expected = BTreeMap::new();
            let before =
                before.iter().map(|(key, kind, number, text)| (KEYS[*key], any_value(*kind, *number, text)));
            for (key, value) in before.chain(keys.iter().copied().zip(values.iter().copied())) {
                expected.insert(key.as_str(), format!("{value:?}"));
            }
            expected.retain(|_, value| value != "Empty");
            let found: BTreeMap<_, _> = Attributes::new(&at_once.0, ATTRIBUTE_FIELD)
                .map(|(key, value)| (key, format!("{value:?}")))
                .collect();
            prop_assert_eq!(found, expected);
            prop_assert_eq!(at_once.1, 0);
        }
    }
}
