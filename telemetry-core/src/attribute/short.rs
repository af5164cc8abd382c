//! Attributes of the common kinds and sizes, written into room that is known to suffice.

use super::{Key, Value};

/// Room in which any short attribute fits.
pub(crate) const ROOM: usize = 4 + Key::SHORT + 4 + SHORT_TEXT + 2;

/// Texts up to this length make, with a short key, a `KeyValue` of less than 128 bytes, all of whose
/// lengths are varints of one byte.
pub(crate) const SHORT_TEXT: usize = 56;

/// A key as one of the ways of writing it takes it.
pub(crate) trait ShortKey: Copy {
    /// Bytes of the name.
    fn name(&self) -> &[u8];

    /// Writes tag, length and name from the third byte on.
    fn write(&self, room: &mut [u8; ROOM]);
}

impl ShortKey for &Key {
    #[inline(always)]
    fn name(&self) -> &[u8] {
        self.as_str().as_bytes()
    }

    /// Copies of a fixed size: what is too much is written over, and takes no more time than the
    /// question how much is needed.
    #[inline(always)]
    fn write(&self, room: &mut [u8; ROOM]) {
        room[2..34].copy_from_slice(&self.encoded()[..32]);
        if self.as_str().len() > Key::SHORTER {
            room[34..66].copy_from_slice(&self.encoded()[32..]);
        }
    }
}

impl ShortKey for &str {
    #[inline(always)]
    fn name(&self) -> &[u8] {
        self.as_bytes()
    }

    #[inline(always)]
    fn write(&self, room: &mut [u8; ROOM]) {
        room[2] = 0x0a; // KeyValue.key = 1
        room[3] = self.len() as u8;
        if let Some(place) = room.get_mut(4..4 + self.len()) {
            copy(place, self.as_bytes());
        }
    }
}

/// Writes an attribute as the field with this tag (`repeated KeyValue`) and gives its length; none,
/// with nothing of meaning written, when key or value is of no short kind.
#[inline(always)]
pub(crate) fn put_short(
    room: &mut [u8; ROOM],
    tag: u8,
    key: impl ShortKey,
    value: &Value<'_>,
) -> Option<usize> {
    let name = key.name().len();
    if name > Key::SHORT {
        return None;
    }
    key.write(room);
    let at = 4 + name;
    let length = match *value {
        Value::Str(text) if text.len() <= SHORT_TEXT => {
            let length = text.len() as u8;
            put(room, at, [0x12, length + 2, 0x0a, length]);
            copy(room.get_mut(at + 4..at + 4 + text.len())?, text.as_bytes());
            4 + text.len()
        }
        Value::I64(number @ 0..0x80) => {
            put(room, at, [0x12, 2, 0x18, number as u8]);
            4
        }
        Value::I64(number @ 0x80..0x4000) => {
            put(room, at, [0x12, 3, 0x18, number as u8 | 0x80, (number >> 7) as u8]);
            5
        }
        Value::Bool(truth) => {
            put(room, at, [0x12, 2, 0x10, u8::from(truth)]);
            4
        }
        // A list of one, as reasons and formats often are.
        Value::StrArray([text]) if text.len() <= SHORT_TEXT - 4 => {
            let length = text.len() as u8;
            put(room, at, [0x12, length + 6, 0x2a, length + 4, 0x0a, length + 2, 0x0a, length]);
            copy(room.get_mut(at + 8..at + 8 + text.len())?, text.as_bytes());
            8 + text.len()
        }
        Value::F64(number) => {
            put(room, at, [0x12, 9, 0x21]);
            put(room, at + 3, number.to_le_bytes());
            11
        }
        _ => return None,
    };
    room[0] = tag;
    // What follows tag and length.
    room[1] = (at - 2 + length) as u8;
    Some(at + length)
}

#[inline(always)]
fn put<const N: usize>(room: &mut [u8; ROOM], at: usize, bytes: [u8; N]) {
    if let Some(place) = room.get_mut(at..at + N) {
        place.copy_from_slice(&bytes);
    }
}

/// Copies as much as `to` takes, up to 62 bytes, by two or four overlapping loads: texts are mostly
/// so short that calling the general routine would take longer than the copy.
#[inline(always)]
pub(crate) fn copy(to: &mut [u8], from: &[u8]) {
    if ends::<8>(to, from) && to.len() <= 16 {
        return;
    }
    if to.len() > 32 {
        to.copy_from_slice(from);
    } else if to.len() > 16 {
        ends::<16>(to, from);
    } else if !ends::<4>(to, from) {
        for (to, from) in to.iter_mut().zip(from) {
            *to = *from;
        }
    }
}

/// Copies the first and the last `N` bytes; nothing, when there are fewer.
#[inline(always)]
fn ends<const N: usize>(to: &mut [u8], from: &[u8]) -> bool {
    let (Some(first), Some(last)) = (from.first_chunk::<N>(), from.last_chunk::<N>()) else {
        return false;
    };
    if let Some(to) = to.first_chunk_mut::<N>() {
        *to = *first;
    }
    if let Some(to) = to.last_chunk_mut::<N>() {
        *to = *last;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribute::{ATTRIBUTE_FIELD, put_attribute};
    use crate::wire::LENGTH;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_short_is_written_as_anything_else_is(
            key in "[a-z.]{0,70}",
            text in "\\PC{0,64}",
            number: i64,
            small in 0_i64..0x5000,
            truth: bool,
            real: f64,
        ) {
            let one = [text.as_str()];
            for value in [
                Value::Str(&text),
                Value::StrArray(&one),
                Value::I64(number),
                Value::I64(small),
                Value::Bool(truth),
                Value::F64(real),
            ] {
                let mut room = [0; ROOM];
                let tag = (ATTRIBUTE_FIELD << 3 | LENGTH) as u8;
                if let Some(length) = put_short(&mut room, tag, &*key, &value) {
                    let mut expected = Vec::new();
                    put_attribute(&mut expected, ATTRIBUTE_FIELD, &key, value);
                    prop_assert_eq!(&room[..length], &expected[..], "{:?}", value);
                }
            }
        }
    }
}
