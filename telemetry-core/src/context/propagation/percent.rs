//! Percent-coding of values, as [Baggage](https://www.w3.org/TR/baggage/#value) has it.

use super::hex::digit;

/// Whether a byte of a value may stand for itself: `baggage-octet`, without the percent sign that
/// introduces an encoded byte.
const fn is_plain(byte: u8) -> bool {
    matches!(byte, 0x21 | 0x23..=0x24 | 0x26..=0x2b | 0x2d..=0x3a | 0x3c..=0x5b | 0x5d..=0x7e)
}

/// Appends `value`, encoded.
pub(super) fn encode(value: &str, out: &mut String) {
    for byte in value.bytes() {
        if is_plain(byte) {
            out.push(byte as char);
        } else {
            out.push('%');
            out.push(digit(byte >> 4).to_ascii_uppercase() as char);
            out.push(digit(byte & 0x0f).to_ascii_uppercase() as char);
        }
    }
}

/// Bytes that `value` takes encoded.
pub(in crate::context) fn encoded_len(value: &str) -> usize {
    value.bytes().map(|byte| if is_plain(byte) { 1 } else { 3 }).sum()
}

/// What was encoded. A percent sign that introduces nothing stands for itself, and what isn't UTF-8
/// becomes U+FFFD, as the specification asks.
pub(super) fn decode(value: &str) -> String {
    let bytes = value.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let encoded = (byte == b'%')
            .then(|| value.get(at + 1..at + 3))
            .flatten()
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        out.push(encoded.unwrap_or(byte));
        at += if encoded.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&out).into_owned()
}
