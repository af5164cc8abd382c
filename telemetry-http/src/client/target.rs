use std::borrow::Cow;
use std::cell::Cell;

use http::header::{HOST, HeaderMap, HeaderValue};

use crate::redact::{SecretKeys, redact_query};
use crate::server::authority::host_and_port;

/// Where a request goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) scheme: &'a str,
    /// Without brackets; empty where nobody says it.
    pub(super) host: &'a str,
    pub(super) port: Option<u16>,
    pub(super) path: &'a str,
    pub(super) query: Option<&'a str>,
    pub(super) has_user: bool,
    /// All of it, where that is at hand: without credentials and fragment, in its usual form.
    pub(super) whole: Option<&'a str>,
}

/// What is longer is cut.
const MAX_URL: usize = 4096;

impl<'a> Target<'a> {
    /// Of a request's target, with the `Host` header where that is a path alone.
    pub(super) fn of(uri: &'a http::Uri, headers: &'a HeaderMap, https: bool) -> Self {
        let scheme = uri.scheme_str().unwrap_or(if https { "https" } else { "http" });
        let authority = match uri.authority() {
            Some(authority) => authority.as_str(),
            None => headers.get(HOST).map(HeaderValue::to_str).and_then(Result::ok).unwrap_or(""),
        };
        let (host, port) = host_and_port(authority).unwrap_or_default();
        Self {
            scheme,
            host,
            port: port.or_else(|| port_of(scheme)),
            path: uri.path(),
            query: uri.query(),
            has_user: authority.contains('@'),
            whole: None,
        }
    }

    #[cfg(feature = "reqwest")]
    pub(super) fn of_url(url: &'a reqwest::Url) -> Self {
        let host = url.host_str().unwrap_or_default();
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let has_user = !url.username().is_empty() || url.password().is_some();
        let is_plain = !has_user && url.fragment().is_none();
        Self {
            scheme: url.scheme(),
            host: bare.unwrap_or(host),
            port: url.port_or_known_default(),
            path: url.path(),
            query: url.query(),
            has_user,
            whole: is_plain.then(|| url.as_str()),
        }
    }

    /// Runs `look` with `url.full`: credentials and the values of secret-looking keys are replaced, the
    /// fragment, which isn't sent, is left out.
    pub(super) fn with_full<R>(&self, look: impl FnOnce(&str) -> R) -> R {
        let query = self.query.map(|query| redact_query(query, SecretKeys::NONE));
        if let Some(whole) = self.whole
            && !matches!(query, Some(Cow::Owned(_)))
        {
            return look(cut(whole));
        }
        thread_local! {
            static TEXT: Cell<String> = const { Cell::new(String::new()) };
        }
        // Kept by the thread, to spare an allocation; while it ends there is none to keep.
        let mut text = TEXT.try_with(Cell::take).unwrap_or_default();
        text.clear();
        self.write(&mut text, query.as_deref());
        let result = look(cut(&text));
        let _ = TEXT.try_with(|place| place.set(text));
        result
    }

    fn write(&self, out: &mut String, query: Option<&str>) {
        out.push_str(self.scheme);
        out.push_str("://");
        if self.has_user {
            out.push_str("REDACTED:REDACTED@");
        }
        if self.host.contains(':') {
            out.extend(["[", self.host, "]"]);
        } else {
            out.push_str(self.host);
        }
        if self.port != port_of(self.scheme)
            && let Some(port) = self.port
        {
            out.push(':');
            push_number(out, port);
        }
        out.push_str(self.path);
        if let Some(query) = query {
            out.extend(["?", query]);
        }
    }
}

fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_URL)]
}

/// The port of a protocol, where none is said.
fn port_of(scheme: &str) -> Option<u16> {
    match scheme {
        "http" | "ws" => Some(80),
        "https" | "wss" => Some(443),
        _ => None,
    }
}

fn push_number(out: &mut String, number: u16) {
    if number >= 10 {
        push_number(out, number / 10);
    }
    // A digit.
    out.push(char::from(b'0' + (number % 10) as u8));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(uri: &str) -> String {
        let uri = uri.parse().unwrap();
        Target::of(&uri, &HeaderMap::new(), false).with_full(str::to_owned)
    }

    #[test]
    fn secrets_of_an_address_are_replaced() {
        for (uri, expected) in [
            ("http://example.com/", "http://example.com/"),
            ("http://example.com:80/a", "http://example.com/a"),
            ("https://example.com:8443/a?b=c", "https://example.com:8443/a?b=c"),
            ("http://ann:hunter2@example.com/", "http://REDACTED:REDACTED@example.com/"),
            ("http://[::1]:10/x?token=s3cret&b=1", "http://[::1]:10/x?token=REDACTED&b=1"),
            ("http://e/p?X-Amz-Signature=abc", "http://e/p?X-Amz-Signature=REDACTED"),
        ] {
            assert_eq!(full(uri), expected);
        }
    }

    #[test]
    #[cfg(feature = "reqwest")]
    fn of_reqwest_too_and_no_fragment_is_kept() {
        for (url, expected) in [
            ("http://example.com", "http://example.com/"),
            ("http://example.com:80/a?", "http://example.com/a?"),
            ("https://example.com:8443/a?b=c", "https://example.com:8443/a?b=c"),
            ("https://example.com/a?b=c#token=s3cret", "https://example.com/a?b=c"),
            ("http://ann@example.com/", "http://REDACTED:REDACTED@example.com/"),
            ("http://ann:hunter2@example.com/?b=1", "http://REDACTED:REDACTED@example.com/?b=1"),
            ("http://[::1]:10/x?token=s3cret&b=1", "http://[::1]:10/x?token=REDACTED&b=1"),
            ("http://[::1]:10/x?b=1", "http://[::1]:10/x?b=1"),
        ] {
            let url = url.parse().unwrap();
            assert_eq!(Target::of_url(&url).with_full(str::to_owned), expected);
        }
        let long: reqwest::Url = format!("http://e/{}", "x".repeat(9000)).parse().unwrap();
        assert_eq!(Target::of_url(&long).with_full(str::len), MAX_URL);
    }

    #[test]
    fn a_path_alone_goes_to_the_host_of_the_header() {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static("example.com:8080"));
        let uri = "/orders?key=s3cret".parse().unwrap();
        let target = Target::of(&uri, &headers, true);
        assert_eq!((target.host, target.port), ("example.com", Some(8080)));
        assert_eq!(target.with_full(str::to_owned), "https://example.com:8080/orders?key=REDACTED");
    }

    #[test]
    fn what_is_long_is_cut() {
        assert_eq!(full(&format!("http://e/{}", "x".repeat(9000))).len(), MAX_URL);
    }
}
