/// The most of a value that is written, in bytes before its encoding.
const LONGEST: usize = 128;

/// As much of the value as is written.
pub(super) fn bounded(value: &str) -> &str {
    value.get(..value.floor_char_boundary(LONGEST)).unwrap_or_default()
}

/// Writes `key='value'`, after a comma unless it is the first.
///
/// Of the value every byte is encoded but letters, digits and `-_.~`. So it has
/// no quote that would end it, no `*/` that would end the comment, and nothing
/// that a driver takes for a placeholder.
pub(super) fn pair(out: &mut String, key: &str, value: &str) {
    if !out.is_empty() {
        out.push(',');
    }
    out.push_str(key);
    out.push_str("='");
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(digit(byte >> 4));
            out.push(digit(byte & 15));
        }
    }
    out.push('\'');
}

fn digit(value: u8) -> char {
    char::from_digit(u32::from(value), 16).unwrap_or('0').to_ascii_uppercase()
}
