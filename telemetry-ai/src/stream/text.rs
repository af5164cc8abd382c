//! Where a text of a document ends.

use memchr::memchr;

/// Texts shorter than this end before a search that is made for long ones has begun.
const SHORT: usize = 32;

/// The highest bit of each byte.
const HIGH: u64 = (u64::MAX / 0xff) << 7;

/// Where a text goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// Its closing quote is here.
    At(usize),
    /// It isn't among these bytes. The next one may be escaped by the last of them.
    Beyond { escaped: bool },
}

/// Finds the closing quote of a text of which `bytes` are a part, or all that is left of the piece;
/// `escaped` is whether a backslash stands before the first of them.
#[inline]
pub(super) fn end_of_text(bytes: &[u8], escaped: bool) -> End {
    if !escaped && let Some(end) = end_of_short_text(bytes) {
        return End::At(end);
    }
    end_of_long_text(bytes, escaped)
}

/// The closing quote of a text that is short and without a backslash, as nearly all keys and values are.
#[inline(always)]
fn end_of_short_text(bytes: &[u8]) -> Option<usize> {
    let mut rest = bytes;
    let mut from = 0;
    while let Some((word, after)) = rest.split_first_chunk()
        && from < SHORT
    {
        let word = u64::from_le_bytes(*word);
        let (quotes, slashes) = (places_of(word, b'"'), places_of(word, b'\\'));
        if quotes | slashes != 0 {
            // The lowest place of both is right, and so the lowest quote if it comes first.
            let first = quotes.trailing_zeros();
            return (first < slashes.trailing_zeros()).then_some(from + (first / 8) as usize);
        }
        rest = after;
        from += 8;
    }
    None
}

/// A bit for each byte of `word` that is `byte`. There may be wrong ones above the lowest, which is right.
#[inline(always)]
fn places_of(word: u64, byte: u8) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    let zero_there = word ^ (ONES * u64::from(byte));
    zero_there.wrapping_sub(ONES) & !zero_there & HIGH
}

/// Whether a text means what it says.
#[inline]
pub(super) fn has_backslash(text: &[u8]) -> bool {
    if text.len() > SHORT {
        return memchr(b'\\', text).is_some();
    }
    let (words, rest) = text.as_chunks();
    words.iter().any(|word| places_of(u64::from_le_bytes(*word), b'\\') != 0)
        || rest.contains(&b'\\')
}

/// Blocks without a quote, and those in which each stands after one backslash alone, are passed over as a
/// whole: together, these are nearly all of a long text.
#[inline(never)]
fn end_of_long_text(bytes: &[u8], escaped: bool) -> End {
    let mut at = 0;
    while let Some(rest) = bytes.get(at..)
        && !rest.is_empty()
    {
        let block = rest.first_chunk::<BLOCK>();
        let with_two_before = || bytes.get(at.checked_sub(2)?..)?.first_chunk::<{ BLOCK + 2 }>();
        let is_passed = block.is_some_and(|block| {
            !has_quote(block) || with_two_before().is_some_and(|block| !may_have_end(block))
        });
        let length = rest.len().min(BLOCK);
        if !is_passed {
            let mut from = 0;
            while let Some(quote) = next_quote(rest.get(from..length).unwrap_or_default()) {
                if !is_escaped(bytes, at + from + quote, escaped) {
                    return End::At(at + from + quote);
                }
                from += quote + 1;
            }
        }
        at += length;
    }
    End::Beyond { escaped: is_escaped(bytes, bytes.len(), escaped) }
}

/// So many bytes are compared at once, in a few instructions of a vector unit.
const BLOCK: usize = 64;

#[inline]
fn has_quote(block: &[u8; BLOCK]) -> bool {
    block.iter().fold(0, |found, &byte| found | u8::from(byte == b'"')) != 0
}

/// Whether there is a quote that a single backslash doesn't stand before; the block begins two bytes earlier
/// than what is looked for.
#[inline]
fn may_have_end(block: &[u8; BLOCK + 2]) -> bool {
    // Three views of it, lest bytes are moved about to have each of them loaded once.
    let view = |from: usize| block.get(from..)?.first_chunk::<BLOCK>();
    let (Some(second), Some(first), Some(block)) = (view(0), view(1), view(2)) else {
        return true;
    };
    let bytes = second.iter().zip(first).zip(block);
    let found = bytes.fold(0, |found, ((&second, &first), &byte)| {
        let escaped = (first == b'\\') & (second != b'\\');
        found | u8::from((byte == b'"') & !escaped)
    });
    found != 0
}

#[inline]
fn next_quote(bytes: &[u8]) -> Option<usize> {
    let (words, rest) = bytes.as_chunks();
    for (place, word) in words.iter().enumerate() {
        let quotes = places_of(u64::from_le_bytes(*word), b'"');
        if quotes != 0 {
            return Some(place * 8 + (quotes.trailing_zeros() / 8) as usize);
        }
    }
    let at = rest.iter().position(|&byte| byte == b'"')?;
    Some(bytes.len() - rest.len() + at)
}

/// Whether an odd number of backslashes stands before the byte at this place; `escaped` is whether the first
/// byte is escaped.
#[inline]
fn is_escaped(bytes: &[u8], place: usize, escaped: bool) -> bool {
    let before = bytes.get(..place).unwrap_or_default();
    let slashes = before.iter().rev().take_while(|&&byte| byte == b'\\').count();
    // A backslash before all of the bytes escapes the first of these.
    let carried = escaped && slashes == place;
    (slashes % 2 == 1) != carried
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Byte by byte.
    fn plainly(bytes: &[u8], mut escaped: bool) -> End {
        for (at, &byte) in bytes.iter().enumerate() {
            if std::mem::take(&mut escaped) {
                continue;
            }
            match byte {
                b'"' => return End::At(at),
                b'\\' => escaped = true,
                _ => {}
            }
        }
        End::Beyond { escaped }
    }

    proptest! {
        #[test]
        fn the_end_is_where_reading_byte_by_byte_finds_it(
            bytes in proptest::collection::vec(prop_oneof![4 => any::<u8>(), 1 => Just(b'"'), 2 => Just(b'\\'), 20 => Just(b'a')], 0..120),
            escaped in any::<bool>(),
        ) {
            prop_assert_eq!(end_of_text(&bytes, escaped), plainly(&bytes, escaped));
        }

        /// As it is in the code that a model writes.
        #[test]
        fn quotations_are_passed_over(
            parts in proptest::collection::vec(prop_oneof![
                Just(r#"\""#), Just(r#"\\"#), Just(r#"\n"#), Just("a"), Just("a line of text, "),
            ], 0..80),
            escaped in any::<bool>(),
        ) {
            let text = format!("{}\" and more", parts.concat());
            prop_assert_eq!(end_of_text(text.as_bytes(), escaped), plainly(text.as_bytes(), escaped));
        }
    }
}
