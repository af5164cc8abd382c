//! Values of a document, leniently: what has another type than expected counts as absent.

use std::borrow::Cow;

use rust_decimal::Decimal;

use super::text::has_backslash;
use crate::usage::Count;

/// The text of a JSON string that isn't empty; `None` for anything else.
pub(crate) fn text(value: &[u8]) -> Option<Cow<'_, str>> {
    let inner = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let text = if has_backslash(inner) {
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
    if let Some(number) = few_digits(value) {
        return Some(number);
    }
    let amount = decimal(value)?;
    (amount.is_integer() && !amount.is_sign_negative()).then(|| u64::try_from(amount).ok())?
}

/// A count: a whole number, written as a number, that isn't negative.
pub(crate) fn whole(value: &[u8]) -> Option<u64> {
    if let Some(number) = few_digits(value) {
        return Some(number);
    }
    serde_json::from_slice::<Count>(value).ok()?.0
}

/// A number of so few digits, as nearly all are, that it needs no check.
fn few_digits(value: &[u8]) -> Option<u64> {
    let is_short = matches!(value.len(), 1..=18) && value.iter().all(u8::is_ascii_digit);
    let digits = value.iter().map(|digit| u64::from(digit & 0x0f));
    is_short.then(|| digits.fold(0, |number, digit| number * 10 + digit))
}

/// A whole number.
pub(crate) fn integer(value: &[u8]) -> Option<i64> {
    if let Some(number) = few_digits(value) {
        return i64::try_from(number).ok();
    }
    str::from_utf8(value).ok()?.trim().parse().ok()
}

/// A number.
pub(crate) fn float(value: &[u8]) -> Option<f64> {
    short_float(value).or_else(|| serde_json::from_slice(value).ok())
}

/// A number such as `0.7`, as most parameters are: the quotient of two that are exact, rounded once.
fn short_float(value: &[u8]) -> Option<f64> {
    let [whole @ b'0'..=b'9', b'.', fraction @ ..] = value else {
        return None;
    };
    let digits = u32::try_from(few_digits(fraction).filter(|_| fraction.len() <= 8)?).ok()?;
    let power = 10_u32.pow(u32::try_from(fraction.len()).ok()?);
    let whole = f64::from(whole & 0x0f) * f64::from(power);
    Some((whole + f64::from(digits)) / f64::from(power))
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
        for number in
            ["0.7", "0.15", "1.0", "2.00000001", "9.99999999", "0.123456789012", "1e-3", "7"]
        {
            assert_eq!(float(number.as_bytes()), number.parse().ok(), "{number}");
        }
        assert_eq!(float(b"0."), None);
        assert_eq!(float(b"true"), None);
        assert_eq!(integer(b"-7"), Some(-7));
        assert!(is_true(b"true") && !is_true(b"\"true\""));
    }
}
