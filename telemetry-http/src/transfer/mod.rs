//! Bodies on their way: when one is complete, and how many bytes it had.

mod body_rule;
mod counted_body;
mod observed_body;
mod observed_response;
mod remaining;

use http::header::{CONTENT_LENGTH, HeaderMap, HeaderValue};

pub(crate) use body_rule::BodyRule;
pub(crate) use counted_body::ByteCount;
pub use counted_body::CountedBody;
pub(crate) use observed_body::{BodyGuard, ObservedBody};
pub(crate) use observed_response::{ResponseGuard, poll_response};
pub(crate) use remaining::Remaining;

/// What a message's head says of its length; a server sends no more than that.
#[inline]
pub(crate) fn declared(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH).and_then(length_of)
}

/// The value of a `content-length`: digits and nothing else, so no sign either.
#[inline]
pub(crate) fn length_of(value: &HeaderValue) -> Option<u64> {
    let add = |length: u64, byte: &u8| {
        let digit = byte.wrapping_sub(b'0');
        let length = length.checked_mul(10)?.checked_add(u64::from(digit))?;
        (digit < 10).then_some(length)
    };
    let digits = value.as_bytes();
    if digits.is_empty() { None } else { digits.iter().try_fold(0, add) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_digits_and_nothing_else() {
        for (text, length) in [
            ("0", Some(0)),
            ("007", Some(7)),
            ("18446744073709551615", Some(u64::MAX)),
            ("18446744073709551616", None),
            ("99999999999999999999", None),
            ("", None),
            ("+5", None),
            ("-5", None),
            ("5, 5", None),
            (" 5", None),
            ("0x5", None),
        ] {
            assert_eq!(length_of(&HeaderValue::from_static(text)), length, "{text}");
        }
    }
}
