//! Base64 (RFC 4648): section 4 to unwrap what AWS wraps, section 5 for what stands in a URL.

/// Encodes with the alphabet of section 5, without padding.
pub(crate) fn encode(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let bits = group.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        let bits = bits << (8 * (3 - group.len()));
        for at in 0..=group.len() {
            text.push(char::from(SIGNS[(bits >> (18 - 6 * at)) as usize % SIGNS.len()]));
        }
    }
    text
}

/// Decodes `text` of either alphabet, padded or not; `None` if it isn't base64.
pub(crate) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii_end();
    let unpadded = text.iter().rposition(|&byte| byte != b'=').map_or(0, |last| last + 1);
    if text.len() - unpadded > 2 {
        return None;
    }
    let mut decoded = Vec::with_capacity(unpadded / 4 * 3 + 2);
    for group in text[..unpadded].chunks(4) {
        let mut bits = 0_u32;
        for &byte in group {
            bits = bits << 6 | u32::from(sextet(byte)?);
        }
        let [_, first, second, third] = (bits << (6 * (4 - group.len()))).to_be_bytes();
        match group.len() {
            4 => decoded.extend([first, second, third]),
            3 => decoded.extend([first, second]),
            2 => decoded.push(first),
            _ => return None,
        }
    }
    Some(decoded)
}

fn sextet(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_decodes() {
        for length in 0..100_u8 {
            let bytes: Vec<u8> = (0..length).map(|byte| byte.wrapping_mul(151)).collect();
            let text = encode(&bytes);
            assert!(!text.contains(['+', '/', '=']), "{text}");
            assert_eq!(decode(text.as_bytes()), Some(bytes));
        }
    }

    #[test]
    fn the_vectors_of_the_rfc_decode() {
        for (text, decoded) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(decode(text.as_bytes()).as_deref(), Some(decoded.as_bytes()), "{text}");
        }
        for wrong in ["Z", "Zm9v!", "Zg===", "Z=g=", "Zm9vY"] {
            assert_eq!(decode(wrong.as_bytes()), None, "{wrong}");
        }
    }
}
