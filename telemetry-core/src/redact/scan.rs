//! One pass over a text, from one word to the next.

use std::borrow::Cow;

use super::bytes::{blanks_len, quotes_len, word_len};
use super::words::{is_known_key, is_scheme, is_secret_header, is_secret_name};

const MASK: &str = "***";
const PEM: &str = "-----BEGIN ";

/// The text without its secrets.
pub(super) fn without_secrets(text: &str) -> Cow<'_, str> {
    let mut scan = Scan { text, at: 0, copied: 0, out: String::new(), previous: "", clean: 0 };
    while scan.at < text.len() {
        scan.step();
    }
    if scan.out.is_empty() && scan.copied == 0 {
        return Cow::Borrowed(text);
    }
    scan.out.push_str(&text[scan.copied..]);
    Cow::Owned(scan.out)
}

struct Scan<'a> {
    text: &'a str,
    at: usize,
    /// What stands before this is in `out` already.
    copied: usize,
    out: String,
    /// The word before, for what a scheme announces.
    previous: &'a str,
    /// Up to here there is no password of a URL, so nobody needs to look again.
    clean: usize,
}

impl<'a> Scan<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Looks at what begins here and goes on behind it.
    fn step(&mut self) {
        let rest = self.rest();
        // Most is words and blanks: what else there is is looked for where its first byte is.
        match rest.as_bytes().first() {
            Some(b'-') if rest.starts_with(PEM) => return self.pem(rest),
            Some(b':') if rest.starts_with("://") => return self.url(&rest[3..]),
            Some(b'*') if rest.starts_with(MASK) => {
                // What a scheme announced has been taken before.
                self.previous = "";
                self.at += MASK.len();
                return;
            }
            _ => {}
        }
        let word = &rest[..word_len(rest)];
        if word.is_empty() {
            self.at += rest.chars().next().map_or(1, char::len_utf8);
            return;
        }
        if is_known_key(word) || is_scheme(self.previous, || self.credential()) {
            self.previous = "";
            return self.mask(0, self.credential().len());
        }
        self.previous = word;
        self.at += word.len();
        self.value(word);
    }

    /// Masks the private key that `rest` begins with, up to the line that ends it.
    fn pem(&mut self, rest: &str) {
        let end = rest
            .find("-----END ")
            .map_or(rest.len(), |end| end + rest[end..].find('\n').unwrap_or(rest.len() - end));
        self.mask(0, end);
    }

    /// What begins here, up to white space or a quote.
    fn credential(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|it: char| it.is_whitespace() || matches!(it, '"' | '\'' | '`' | ','));
        end.map_or(rest, |end| &rest[..end])
    }

    /// Masks user and password of a URL whose authority begins with `authority`.
    fn url(&mut self, authority: &str) {
        if self.at < self.clean {
            self.at += 3;
            return;
        }
        // A password may have a slash in it, though it shouldn't; a path hardly has an at sign.
        let end = authority.find(|it: char| {
            it.is_whitespace() || matches!(it, '"' | '\'' | '<' | '>' | '?' | '#')
        });
        let end = end.unwrap_or(authority.len());
        match authority[..end].rfind('@') {
            Some(at) => self.mask(3, 3 + at),
            None => {
                self.at += 3;
                self.clean = self.at + end;
            }
        }
    }

    /// Masks the value behind a name that sounds secret: `name=value`, `name: value`, `"name": "value"`.
    fn value(&mut self, name: &str) {
        let after = self.rest();
        let unquoted = &after[quotes_len(after)..];
        let separated = &unquoted[blanks_len(unquoted)..];
        if !separated.starts_with(['=', ':']) {
            return;
        }
        let arrow = separated.strip_prefix("=>").or_else(|| separated.strip_prefix(":="));
        let Some(value) = arrow.or_else(|| separated.strip_prefix(['=', ':'])) else {
            return;
        };
        // `std::env`, `https://` and `token.rs:17` are no names with values.
        let is_place = name.ends_with(".rs");
        if is_place || value.starts_with([':', '/']) || !is_secret_name(name) {
            return;
        }
        let value = &value[blanks_len(value)..];
        let value = value.strip_prefix("Some(").unwrap_or(value);
        let begin = after.len() - value.len();
        let end = if is_secret_header(name) && !value.starts_with(['"', '\'']) {
            value.find(['\n', '\r', '"']).unwrap_or(value.len())
        } else {
            value_len(value)
        };
        let quote = usize::from(end > 0 && value.starts_with(['"', '\'', '`']));
        if end > quote {
            self.mask(begin + quote, begin + end);
        }
    }

    /// Replaces what stands between these two places from here, and goes on behind it.
    fn mask(&mut self, begin: usize, end: usize) {
        self.out.push_str(&self.text[self.copied..self.at + begin]);
        self.out.push_str(MASK);
        self.at += end;
        self.copied = self.at;
    }
}

/// Length of a value: to the closing quote, if one opens it, else to white space or what parts the
/// fields of a query string or a connection string.
fn value_len(value: &str) -> usize {
    let escaped = value.starts_with("\\\"");
    let Some(quote) = value.chars().next().filter(|it| matches!(it, '"' | '\'' | '`')) else {
        let end =
            value.find(|it: char| it.is_whitespace() || matches!(it, '&' | ';' | '"' | '\'' | '`'));
        let whole = if escaped { value.find("\\\" ").or_else(|| value.rfind("\\\"")) } else { end };
        return whole.filter(|end| *end > 0).or(end).unwrap_or(value.len());
    };
    let mut after_backslash = false;
    for (at, character) in value.char_indices().skip(1) {
        if character == quote && !after_backslash {
            return at;
        }
        after_backslash = character == '\\' && !after_backslash;
    }
    value.len()
}
