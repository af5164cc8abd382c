//! Takes secrets out of texts that were written for people: messages of errors and panics, stack
//! traces. What is masked reads `***`.
//!
//! | what | example | becomes |
//! |---|---|---|
//! | the value of a name that sounds secret | `password=hunter2`, `"api_key": "abc"`, `?sig=xyz` | `password=***` |
//! | what follows such a header | `Authorization: Basic dXNlcg==` | `Authorization: ***` |
//! | a token after its scheme | `Bearer eyJhbGciOi` | `Bearer ***` |
//! | user and password in a URL | `postgres://app:hunter2@db/shop` | `postgres://***@db/shop` |
//! | keys known by how they begin | `sk-live-4242…`, `ghp_…`, `AKIA…`, JSON Web Tokens | `***` |
//! | private keys in PEM | `-----BEGIN PRIVATE KEY-----…` | `***` |
//!
//! It would rather take a harmless word than leave a secret one. A secret that nothing announces (a
//! password in the middle of a sentence) can't be known; texts that may hold one aren't to be recorded.

mod bytes;
mod scan;
mod words;

use std::borrow::Cow;
use std::fmt::{self, Write};

/// Bytes of a text that are looked at; beyond that it is cut, so that time is bounded too.
const MAX_INPUT: usize = 16 * 1024;

/// The text without its secrets, of at most `max` bytes; what is cut off ends in `…`.
///
/// ```
/// use telemetry_core::redact;
///
/// let text = "can't connect to postgres://app:hunter2@db/shop?sslmode=require";
/// assert_eq!(redact::text(text, 1024), "can't connect to postgres://***@db/shop?sslmode=require");
/// assert_eq!(redact::text("a long story", 9), "a long…");
/// ```
pub fn text(text: &str, max: usize) -> Cow<'_, str> {
    let seen = beginning(text);
    let redacted = scan::without_secrets(seen);
    if seen.len() == text.len() && redacted.len() <= max {
        return redacted;
    }
    let mut out = redacted.into_owned();
    cut(&mut out, max.min(MAX_INPUT));
    Cow::Owned(out)
}

/// What `value` displays, without secrets and of at most `max` bytes. Formatting stops where the text
/// would be cut; a `Display` that panics or fails gives what it had written so far.
///
/// ```
/// use telemetry_core::redact;
///
/// let error = "token: abc".parse::<f64>().unwrap_err();
/// assert_eq!(redact::display(&error, 1024), "invalid float literal");
/// ```
pub fn display(value: &dyn fmt::Display, max: usize) -> String {
    let mut bounded = Bounded(String::new());
    let format = std::panic::AssertUnwindSafe(|| write!(bounded, "{value}"));
    // Neither matters: what was written is what there is.
    let _ = std::panic::catch_unwind(format);
    text(&bounded.0, max).into_owned()
}

/// The part of `text` that is looked at. It ends between words, so that no secret is cut to something
/// that doesn't look like one.
fn beginning(text: &str) -> &str {
    if text.len() <= MAX_INPUT {
        return text;
    }
    let end = text.floor_char_boundary(MAX_INPUT);
    let text = &text[..end];
    text.rfind(char::is_whitespace).map_or("", |end| &text[..end])
}

/// Cuts `text` to `max` bytes, with a sign that it was cut.
fn cut(text: &mut String, max: usize) {
    const SIGN: char = '…';
    let end = text.floor_char_boundary(max.saturating_sub(SIGN.len_utf8()));
    text.truncate(end);
    if max >= SIGN.len_utf8() {
        text.push(SIGN);
    }
}

/// Takes a little more than is looked at, so that it can be seen that there was more.
struct Bounded(String);

impl Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = (MAX_INPUT + 1).saturating_sub(self.0.len());
        if text.len() <= room {
            self.0.push_str(text);
            return Ok(());
        }
        self.0.push_str(&text[..text.floor_char_boundary(room)]);
        Err(fmt::Error)
    }
}

#[cfg(test)]
mod reference;
#[cfg(test)]
mod tests;
