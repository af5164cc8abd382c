//! What is to be masked, looked for the plain way: each question asked of each place with the means of the
//! standard library. What the product does in one pass has to come to the same.

use std::borrow::Cow;

use super::words::BEGINNINGS;

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
        if rest.starts_with(PEM) {
            let end = rest
                .find("-----END ")
                .map_or(rest.len(), |end| end + rest[end..].find('\n').unwrap_or(rest.len() - end));
            return self.mask(0, end);
        }
        if let Some(authority) = rest.strip_prefix("://") {
            return self.url(authority);
        }
        if rest.starts_with(MASK) {
            // What a scheme announced has been taken before.
            self.previous = "";
            self.at += MASK.len();
            return;
        }
        let word = rest.find(|it| !is_of_word(it)).map_or(rest, |end| &rest[..end]);
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
        let unquoted = after.trim_start_matches(['"', '\'', '`', '\\', ']']);
        let separated = unquoted.trim_start_matches([' ', '\t']);
        let arrow = separated.strip_prefix("=>").or_else(|| separated.strip_prefix(":="));
        let Some(value) = arrow.or_else(|| separated.strip_prefix(['=', ':'])) else {
            return;
        };
        // `std::env`, `https://` and `token.rs:17` are no names with values.
        let is_place = name.ends_with(".rs");
        if is_place || value.starts_with([':', '/']) || !is_secret_name(name) {
            return;
        }
        let value = value.trim_start_matches([' ', '\t']);
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

fn is_of_word(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '_' | '-' | '.')
}

/// Whether the value under this name is to be masked.
fn is_secret_name(name: &str) -> bool {
    /// Parts of names, without separators and in lower case.
    const PARTS: [&str; 21] = [
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "secret",
        "token",
        "apikey",
        "accesskey",
        "privatekey",
        "signingkey",
        "encryptionkey",
        "accountkey",
        "masterkey",
        "authorization",
        "credential",
        "signature",
        "session",
        "cookie",
        "bearer",
        "jwt",
        "connectionstring",
    ];
    /// Whole names that are too short to be looked for within others.
    const WHOLE: [&str; 9] = ["key", "pass", "pw", "auth", "sig", "dsn", "sid", "pin", "otp"];
    const LONGEST: usize = 64;

    let mut plain = String::with_capacity(LONGEST);
    for character in name.chars().filter(|it| it.is_alphanumeric()).take(LONGEST) {
        plain.extend(character.to_lowercase());
    }
    // Counts of tokens are what a model's usage is told in.
    let is_count = ["tokens", "maxtoken", "tokencount", "tokenlimit"];
    if is_count.iter().any(|count| plain.ends_with(count)) {
        return false;
    }
    WHOLE.contains(&plain.as_str()) || PARTS.iter().any(|part| plain.contains(part))
}

/// Whether all the rest of the line is the value, since it may have several parts.
fn is_secret_header(name: &str) -> bool {
    ["authorization", "proxy-authorization", "cookie", "set-cookie"]
        .iter()
        .any(|header| name.eq_ignore_ascii_case(header))
}

/// Whether the word after this one is a credential.
fn is_scheme<'a>(word: &str, next: impl FnOnce() -> &'a str) -> bool {
    let long_enough = |next: &str| next.len() >= 8;
    if word.eq_ignore_ascii_case("bearer") {
        return long_enough(next());
    }
    // The word has other meanings, and what follows it there is no Base64.
    let encoded = |next: &str| {
        next.contains('=')
            || next.chars().skip(1).any(|it| it.is_ascii_uppercase() || it.is_ascii_digit())
    };
    word.eq_ignore_ascii_case("basic") && {
        let next = next();
        long_enough(next) && encoded(next)
    }
}

/// Whether the word is a key by how it begins.
fn is_known_key(word: &str) -> bool {
    let known = BEGINNINGS.iter().any(|beginning| word.starts_with(beginning));
    let json_web_token =
        word.starts_with("eyJ") && word.bytes().filter(|byte| *byte == b'.').count() >= 2;
    (known && word.len() >= 16) || json_web_token
}
