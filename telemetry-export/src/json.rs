//! JSON as text, appended to a buffer of bytes.

use std::fmt::Display;
use std::io::Write;

use telemetry_core::Value;

/// Appends `text` as a JSON string.
pub(crate) fn put_text(out: &mut Vec<u8>, text: &str) {
    out.push(b'"');
    let mut written = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0..=0x1f | 0x7f => b"",
            _ => continue,
        };
        out.extend_from_slice(&text.as_bytes()[written..at]);
        if escape.is_empty() {
            put_display(out, format_args!("\\u{byte:04x}"));
        } else {
            out.extend_from_slice(escape);
        }
        written = at + 1;
    }
    out.extend_from_slice(&text.as_bytes()[written..]);
    out.push(b'"');
}

/// Appends what `value` shows, which must be JSON already.
pub(crate) fn put_display(out: &mut Vec<u8>, value: impl Display) {
    // Writing to a vector can't fail.
    let _ = write!(out, "{value}");
}

/// Appends `value`: lists and maps as such, bytes in hexadecimal, numbers that JSON lacks as texts.
pub(crate) fn put_value(out: &mut Vec<u8>, value: Value<'_>) {
    match value {
        Value::Str(text) => put_text(out, text),
        Value::F64(number) => put_f64(out, number),
        Value::Empty => out.extend_from_slice(b"null"),
        other => put_display(out, other),
    }
}

/// Appends a double; `NaN`, `Infinity` and `-Infinity` as texts, as protocol buffers' JSON has them.
pub(crate) fn put_f64(out: &mut Vec<u8>, value: f64) {
    if value.is_finite() {
        put_display(out, value);
    } else if value.is_nan() {
        out.extend_from_slice(b"\"NaN\"");
    } else {
        out.extend_from_slice(if value > 0.0 { b"\"Infinity\"" } else { b"\"-Infinity\"" });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_reads_back(text: String) {
            let mut out = Vec::new();
            put_text(&mut out, &text);
            prop_assert!(!out.iter().any(|byte| *byte < 0x20));
            prop_assert_eq!(serde_json::from_slice::<String>(&out).unwrap(), text);
        }

        #[test]
        fn any_finite_number_reads_back(number in proptest::num::f64::NORMAL) {
            let mut out = Vec::new();
            put_f64(&mut out, number);
            let read: f64 = std::str::from_utf8(&out).unwrap().parse().unwrap();
            prop_assert_eq!(read, number);
        }
    }

    #[test]
    fn numbers_that_json_lacks_are_texts() {
        for (value, text) in [
            (f64::NAN, "\"NaN\""),
            (f64::INFINITY, "\"Infinity\""),
            (f64::NEG_INFINITY, "\"-Infinity\""),
        ] {
            let mut out = Vec::new();
            put_f64(&mut out, value);
            assert_eq!(std::str::from_utf8(&out).unwrap(), text);
        }
    }
}
