//! Words that documents have time and again, which then take no memory of their own.

use std::borrow::Cow;

use super::{reply::LONGEST_NAME, value::text};

/// The text of a JSON string that isn't empty, held to the bound of names; `None` for anything else.
pub(crate) fn word(value: &[u8]) -> Option<Cow<'static, str>> {
    let known = KNOWN.iter().find(|(json, _)| *json == value);
    match known {
        Some((_, word)) => Some(Cow::Borrowed(*word)),
        None => text(value).map(|text| {
            let bounded = text.get(..text.floor_char_boundary(LONGEST_NAME)).unwrap_or_default();
            Cow::Owned(bounded.to_owned())
        }),
    }
}

/// As they stand in a document, the most common first.
static KNOWN: [(&[u8], &str); 12] = [
    (br#""stop""#, "stop"),
    (br#""default""#, "default"),
    (br#""tool_calls""#, "tool_calls"),
    (br#""end_turn""#, "end_turn"),
    (br#""tool_use""#, "tool_use"),
    (br#""standard""#, "standard"),
    (br#""length""#, "length"),
    (br#""max_tokens""#, "max_tokens"),
    (br#""auto""#, "auto"),
    (br#""flex""#, "flex"),
    (br#""priority""#, "priority"),
    (br#""content_filter""#, "content_filter"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_what_its_text_says_whether_it_is_known_or_not() {
        for (json, known) in KNOWN {
            assert!(matches!(word(json), Some(Cow::Borrowed(word)) if word == known));
            assert_eq!(text(json).as_deref(), Some(known));
        }
        assert_eq!(word(br#""st\u006fp""#).as_deref(), Some("stop"));
        assert_eq!(word(br#""guardrail""#).as_deref(), Some("guardrail"));
        assert_eq!(word(br#""""#), None);
        assert_eq!(word(b"null"), None);
        let long = format!("\"{}\"", "\u{e4}".repeat(LONGEST_NAME));
        assert_eq!(word(long.as_bytes()).map(|word| word.len()), Some(LONGEST_NAME));
    }
}
