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
            put(places, bytes);
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

/// Writes the digits of `bytes` into room for two a byte.
#[inline(always)]
pub(in crate::context) fn put(places: &mut [u8], bytes: &[u8]) {
    // Four at a time: ids have eight and sixteen.
    let ((eights, twos), (fours, ones)) = (places.as_chunks_mut(), bytes.as_chunks());
    for (place, four) in eights.iter_mut().zip(fours) {
        *place = eight_digits(*four);
    }
    for (place, one) in twos.as_chunks_mut().0.iter_mut().zip(ones) {
        *place = [digit(one >> 4), digit(one & 0x0f)];
    }
}

/// The digits of four bytes, all of them in one register.
const fn eight_digits(bytes: [u8; 4]) -> [u8; 8] {
    // Each nibble into the lower half of a byte of its own.
    let all = u32::from_be_bytes(bytes) as u64;
    let all = (all | all << 16) & 0x0000_ffff_0000_ffff;
    let all = (all | all << 8) & 0x00ff_00ff_00ff_00ff;
    let all = (all | all << 4) & 0x0f0f_0f0f_0f0f_0f0f;
    // One in each byte above nine, whose digit is a letter.
    let letters = (all + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101;
    (all + 0x3030_3030_3030_3030 + letters * (b'a' - b'0' - 10) as u64).to_be_bytes()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_at_every_place_has_its_two_digits() {
        for byte in 0..=u8::MAX {
            for place in 0..9 {
                let mut bytes = [0x5a; 9];
                bytes[place] = byte;
                let expected: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                assert_eq!(Line::new().hex(&bytes).as_str(), expected);
            }
        }
    }
}
