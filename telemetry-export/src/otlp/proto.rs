//! The few primitives of [protocol buffers](https://protobuf.dev/programming-guides/encoding/) that
//! framing records and encoding metrics takes.

/// Wire types.
const VARINT: u32 = 0;
const FIXED64: u32 = 1;
const LENGTH: u32 = 2;
const FIXED32: u32 = 5;

pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Bytes that [`put_varint`] takes.
pub(super) fn varint_len(value: u64) -> usize {
    ((70 - (value | 1).leading_zeros()) / 7) as usize
}

/// Bytes that a length-delimited field with a number below 16 takes.
pub(super) fn bytes_len(length: usize) -> usize {
    1 + varint_len(length as u64) + length
}

/// The key and the length of a field whose content follows.
pub(super) fn put_header(out: &mut Vec<u8>, field: u32, length: usize) {
    put_varint(out, u64::from(field << 3 | LENGTH));
    put_varint(out, length as u64);
}

pub(super) fn put_bytes(out: &mut Vec<u8>, field: u32, bytes: &[u8]) {
    put_header(out, field, bytes.len());
    out.extend_from_slice(bytes);
}

/// A text; nothing for an empty one, which is what absence means.
pub(super) fn put_text(out: &mut Vec<u8>, field: u32, text: &str) {
    if !text.is_empty() {
        put_bytes(out, field, text.as_bytes());
    }
}

pub(super) fn put_uint(out: &mut Vec<u8>, field: u32, value: u64) {
    put_varint(out, u64::from(field << 3 | VARINT));
    put_varint(out, value);
}

pub(super) fn put_fixed64(out: &mut Vec<u8>, field: u32, value: u64) {
    put_varint(out, u64::from(field << 3 | FIXED64));
    out.extend_from_slice(&value.to_le_bytes());
}

pub(super) fn put_f64(out: &mut Vec<u8>, field: u32, value: f64) {
    put_fixed64(out, field, value.to_bits());
}

/// A list of numbers of eight bytes each.
pub(super) fn put_packed(
    out: &mut Vec<u8>,
    field: u32,
    values: impl ExactSizeIterator<Item = u64>,
) {
    if values.len() > 0 {
        put_header(out, field, values.len() * 8);
        values.for_each(|value| out.extend_from_slice(&value.to_le_bytes()));
    }
}

/// A list of varints.
pub(super) fn put_packed_varints(out: &mut Vec<u8>, field: u32, values: &[u64]) {
    if !values.is_empty() {
        put_header(out, field, values.iter().map(|value| varint_len(*value)).sum());
        values.iter().for_each(|value| put_varint(out, *value));
    }
}

/// The form of a `sint32`, in which small amounts are short whatever their sign.
pub(super) fn zigzag(value: i32) -> u64 {
    u64::from((value << 1 ^ value >> 31) as u32)
}

/// A message that `write` fills.
pub(super) fn put_message(out: &mut Vec<u8>, field: u32, write: impl FnOnce(&mut Vec<u8>)) {
    let mut message = Vec::new();
    write(&mut message);
    put_bytes(out, field, &message);
}

/// A field of a message that was read: its number, and its value as far as it is of use here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Read<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// Reads the fields of a message; stops at the first malformed byte.
pub(super) fn fields(mut message: &[u8]) -> impl Iterator<Item = (u64, Read<'_>)> {
    std::iter::from_fn(move || {
        let key = take_varint(&mut message)?;
        let value = match key as u32 & 7 {
            VARINT => Read::Number(take_varint(&mut message)?),
            FIXED64 => Read::Bytes(take(&mut message, 8)?),
            LENGTH => {
                let length = usize::try_from(take_varint(&mut message)?).ok()?;
                Read::Bytes(take(&mut message, length)?)
            }
            FIXED32 => Read::Bytes(take(&mut message, 4)?),
            _ => return None,
        };
        Some((key >> 3, value))
    })
}

fn take_varint(message: &mut &[u8]) -> Option<u64> {
    let mut value = 0_u64;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = message.split_first()?;
        *message = rest;
        value |= u64::from(byte & 0x7f) << shift;
        if *byte < 0x80 {
            return Some(value);
        }
    }
    None
}

fn take<'a>(message: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (taken, rest) = message.split_at_checked(length)?;
    *message = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn fields_read_back(number: u64, bytes: Vec<u8>) {
            let mut out = Vec::new();
            put_uint(&mut out, 1, number);
            put_bytes(&mut out, 2, &bytes);
            prop_assert_eq!(out.len(), 1 + varint_len(number) + bytes_len(bytes.len()));
            let read: Vec<_> = fields(&out).collect();
            prop_assert_eq!(read, [(1, Read::Number(number)), (2, Read::Bytes(&bytes))]);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(bytes: Vec<u8>) {
            prop_assert!(fields(&bytes).count() <= bytes.len());
        }
    }
}
