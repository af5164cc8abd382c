//! What a byte may be the beginning of.

/// A letter, digit or other character of words.
const WORD: u8 = 1;
/// Something that may stand between a name and what parts it from its value.
const QUOTE: u8 = 2;
/// Of a character that isn't ASCII, of which only the whole says what it is.
const WIDE: u8 = 4;

/// The kinds of all bytes.
static KINDS: [u8; 256] = kinds();

/// Length of the word that `text` begins with.
#[inline]
pub(super) fn word_len(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let kind = kind(*byte);
        if kind & WORD != 0 {
            at += 1;
        } else if kind & WIDE != 0
            && let Some(character) = text.get(at..).and_then(|rest| rest.chars().next())
            && character.is_alphanumeric()
        {
            at += character.len_utf8();
        } else {
            break;
        }
    }
    at
}

/// Bytes at the beginning of `text` that are closing quotes or brackets, each perhaps escaped.
#[inline]
pub(super) fn quotes_len(text: &str) -> usize {
    text.bytes().take_while(|byte| kind(*byte) & QUOTE != 0).count()
}

/// Bytes at the beginning of `text` that are blanks.
#[inline]
pub(super) fn blanks_len(text: &str) -> usize {
    text.bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

#[inline]
fn kind(byte: u8) -> u8 {
    KINDS[usize::from(byte)]
}

const fn kinds() -> [u8; 256] {
    let mut kinds = [0; 256];
    let mut byte = 0_u8;
    loop {
        kinds[byte as usize] = match byte {
            b'0'..=b'9' | b'A'..=b'Z' | b'a'..=b'z' | b'_' | b'-' | b'.' => WORD,
            b'"' | b'\'' | b'`' | b'\\' | b']' => QUOTE,
            0x80.. => WIDE,
            _ => 0,
        };
        if byte == u8::MAX {
            return kinds;
        }
        byte += 1;
    }
}
