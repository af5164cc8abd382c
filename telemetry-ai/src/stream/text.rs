//! Where a text of a document ends.

use memchr::memchr;

/// Texts shorter than this end before a search that is made for long ones has begun.
const SHORT: usize = 32;

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
pub(super) fn end_of_text(bytes: &[u8], escaped: bool) -> End {
    let mut from = 0;
    while !escaped
        && from < SHORT
        && let Some(word) = bytes.get(from..).and_then(<[u8]>::first_chunk)
    {
        let word = u64::from_le_bytes(*word);
        let found = places_of(word, b'"') | places_of(word, b'\\');
        if found != 0 {
            from += (found.trailing_zeros() / 8) as usize;
            if bytes.get(from) == Some(&b'"') {
                return End::At(from);
            }
            break;
        }
        from += 8;
    }
    end_of_long_text(bytes, from, escaped)
}

/// A bit for each byte of `word` that is `byte`. There may be wrong ones above the lowest, which is right.
#[inline]
fn places_of(word: u64, byte: u8) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    let zero_there = word ^ (ONES * u64::from(byte));
    zero_there.wrapping_sub(ONES) & !zero_there & (ONES << 7)
}

/// Only quotes are looked for, since most backslashes of a long text stand before something else.
fn end_of_long_text(bytes: &[u8], mut from: usize, mut escaped: bool) -> End {
    loop {
        let rest = bytes.get(from..).unwrap_or_default();
        let quote = memchr(b'"', rest);
        let part = rest.get(..quote.unwrap_or(rest.len())).unwrap_or_default();
        let slashes = part.iter().rev().take_while(|&&byte| byte == b'\\').count();
        // A backslash before the part escapes the first of these.
        let carried = escaped && slashes == part.len();
        escaped = (slashes % 2 == 1) != carried;
        let Some(quote) = quote else {
            return End::Beyond { escaped };
        };
        if !escaped {
            return End::At(from + quote);
        }
        escaped = false;
        from += quote + 1;
    }
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
    }
}
