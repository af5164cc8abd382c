//! What telemetry says about itself: lines on standard error, free of secrets.

use std::fmt::Display;
use std::io::Write;

/// Writes one line to standard error. A closed standard error is no reason to fail.
pub(crate) fn say(message: impl Display) {
    let line = format!("telemetry: {}\n", plain(&message.to_string()));
    let _ = std::io::stderr().lock().write_all(line.as_bytes());
}

/// `text` without control characters: what others have written can neither break the line nor speak
/// to the terminal.
pub(crate) fn plain(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).collect()
}

/// The first `length` characters of `text`.
pub(crate) fn cut(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A URL without what may be secret in it: user, password and query. Works on what isn't a URL too,
/// since a mistyped one has secrets as well.
pub(crate) fn mask_url(text: &str) -> String {
    let start = text.find("://").map_or(0, |at| at + 3);
    let (scheme, rest) = text.split_at(start);
    let (rest, query) = match rest.find(['?', '#']) {
        Some(at) => (&rest[..at], "?***"),
        None => (rest, ""),
    };
    // The last `@`: a password may contain one, and so may a path, which is then hidden in part.
    let (user, rest) = match rest.rfind('@') {
        Some(at) => ("***@", &rest[at + 1..]),
        None => ("", rest),
    };
    format!("{scheme}{user}{rest}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_password_and_query_of_a_url_are_masked() {
        for (url, masked) in [
            ("http://localhost:4318", "http://localhost:4318"),
            ("https://me:s3cret@host/v1", "https://***@host/v1"),
            ("https://host/v1?api_key=s3cret", "https://host/v1?***"),
            ("https://me:p@ss@host?s3cret#frag", "https://***@host?***"),
            ("me:s3cret@host", "***@host"),
            ("https://me:pa/ss@host", "https://***@host"),
        ] {
            assert_eq!(mask_url(url), masked);
        }
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(plain("a\u{1b}[31m\nb"), "a [31m b");
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!(cut("äöü", 2), "äö…");
        assert_eq!(cut("äöü", 3), "äöü");
    }
}
