//! Values of a document, leniently: what has another type than expected counts as absent.

use std::borrow::Cow;

use rust_decimal::Decimal;

use crate::usage::Count;

/// The text of a JSON string that isn't empty; `None` for anything else.
pub(crate) fn text(value: &[u8]) -> Option<Cow<'_, str>> {
    let inner = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let text = if inner.contains(&b'\\') {
        Cow::Owned(serde_json::from_slice(value).ok()?)
    } else {
        Cow::Borrowed(str::from_utf8(inner).ok()?)
    };
    (!text.is_empty()).then_some(text)
}

/// The digits of a whole number, as they stand.
pub(crate) fn digits(value: &[u8]) -> Option<Cow<'_, str>> {
    let number = str::from_utf8(value).ok()?.trim();
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        .then_some(Cow::Borrowed(number))
}

/// A count: a whole number that isn't negative.
pub(crate) fn count(value: &[u8]) -> Option<u64> {
    let amount = decimal(value)?;
    (amount.is_integer() && !amount.is_sign_negative()).then(|| u64::try_from(amount).ok())?
}

/// A count: a whole number, written as a number, that isn't negative.
pub(crate) fn whole(value: &[u8]) -> Option<u64> {
    // Nearly all are digits, and few enough.
    if let 1..=18 = value.len()
        && value.iter().all(u8::is_ascii_digit)
    {
        return Some(value.iter().fold(0, |count, digit| count * 10 + u64::from(digit - b'0')));
    }
    serde_json::from_slice::<Count>(value).ok()?.0
}

/// A whole number.
pub(crate) fn integer(value: &[u8]) -> Option<i64> {
    str::from_utf8(value).ok()?.trim().parse().ok()
}

/// A number.
pub(crate) fn float(value: &[u8]) -> Option<f64> {
    serde_json::from_slice(value).ok()
}

/// A number, digit by digit; a price isn't a binary fraction. A string of digits counts as one,
/// since some providers quote their amounts.
pub(crate) fn decimal(value: &[u8]) -> Option<Decimal> {
    let number = str::from_utf8(value).ok()?.trim().trim_matches('"');
    let digit =
        |byte: u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'-' | b'+' | b'e' | b'E');
    if number.is_empty() || number.len() > 64 || !number.bytes().all(digit) {
        return None;
    }
    if number.contains(['e', 'E']) {
        Decimal::from_scientific(number).ok()
    } else {
        number.parse().ok()
    }
}

/// Whether it is the literal `true`.
pub(crate) fn is_true(value: &[u8]) -> bool {
    value.trim_ascii() == b"true"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_other_types_count_as_absent() {
        assert_eq!(text(br#""a\u0022b""#).as_deref(), Some("a\"b"));
        assert_eq!(text(br#""""#), None);
        assert_eq!(text(b"7"), None);
        assert_eq!(count(b"12"), Some(12));
        assert_eq!(count(b"12.0"), Some(12));
        assert_eq!(count(b"12.5"), None);
        assert_eq!(count(b"-1"), None);
        assert_eq!(count(b"null"), None);
        assert_eq!(
            decimal(b"1.25e-05").map(|amount| amount.to_string()).as_deref(),
            Some("0.0000125")
        );
        assert_eq!(decimal(br#""0.04""#), Some(Decimal::new(4, 2)));
        assert_eq!(decimal(b"e"), None);
        assert_eq!(decimal(b"1e400"), None);
        assert_eq!(float(b"true"), None);
        assert_eq!(integer(b"-7"), Some(-7));
        assert!(is_true(b"true") && !is_true(b"\"true\""));
    }
}
