//! Ids in hexadecimal digits: on the stack when written, of more than one length and case when read.

use super::super::{SpanId, TraceId};

/// Up to 64 characters of a header, on the stack. What goes beyond is left out, which no header here
/// does.
pub(super) struct Line {
    bytes: [u8; 64],
    length: usize,
}

impl Line {
    pub(super) fn new() -> Self {
        Self { bytes: [0; 64], length: 0 }
    }

    pub(super) fn hex(mut self, bytes: &[u8]) -> Self {
        let end = self.length + 2 * bytes.len();
        if let Some(places) = self.bytes.get_mut(self.length..end) {
            for (two, byte) in places.as_chunks_mut().0.iter_mut().zip(bytes) {
                *two = [digit(byte >> 4), digit(byte & 0x0f)];
            }
            self.length = end;
        }
        self
    }

    pub(super) fn text(mut self, text: &str) -> Self {
        let end = self.length + text.len();
        if let Some(place) = self.bytes.get_mut(self.length..end) {
            place.copy_from_slice(text.as_bytes());
            self.length = end;
        }
        self
    }

    pub(super) fn as_str(&self) -> &str {
        // Only whole texts of ASCII are ever written.
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

pub(super) const fn digit(nibble: u8) -> u8 {
    b"0123456789abcdef"[(nibble & 0x0f) as usize]
}

/// Two lower-case digits.
pub(super) fn byte(text: &str) -> Option<u8> {
    let is_digit = |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let digits = text.len() == 2 && text.bytes().all(is_digit);
    digits.then(|| u8::from_str_radix(text, 16).ok()).flatten()
}

/// A trace id of `lengths` digits in any case; a shorter one than 32 is filled up with zeros in front.
pub(super) fn trace_id(text: &str, lengths: impl Fn(usize) -> bool) -> Option<TraceId> {
    number(text, lengths).and_then(|it| TraceId::from_bytes(it.to_be_bytes()))
}

/// A span id of `lengths` digits in any case.
pub(super) fn span_id(text: &str, lengths: impl Fn(usize) -> bool) -> Option<SpanId> {
    let number = u64::try_from(number(text, lengths)?).ok()?;
    SpanId::from_bytes(number.to_be_bytes())
}

fn number(text: &str, lengths: impl Fn(usize) -> bool) -> Option<u128> {
    // `from_str_radix` would take a sign.
    let digits = lengths(text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits.then(|| u128::from_str_radix(text, 16).ok()).flatten()
}
