//! What proxies write into headers about whom they call for.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

use super::settings::Scheme;

/// What one proxy says of who called it. Without an address that one is hidden, or the text is broken.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Hop<'a> {
    pub(super) address: Option<IpAddr>,
    pub(super) scheme: Option<Scheme>,
    pub(super) host: Option<&'a str>,
}

/// The hops of `X-Forwarded-For`, the last proxy's first.
pub(super) fn x_forwarded_for(headers: &HeaderMap) -> impl Iterator<Item = Hop<'_>> {
    let lines = lines(headers, "x-forwarded-for");
    let entries = lines.into_iter().rev().flat_map(|line| line.rsplit(','));
    entries.map(|entry| Hop { address: address(entry), ..Hop::default() })
}

/// The hops of `Forwarded`, the last proxy's first.
pub(super) fn forwarded(headers: &HeaderMap) -> impl Iterator<Item = Hop<'_>> {
    let lines = lines(headers, "forwarded");
    let elements = lines.into_iter().rev().flat_map(|line| {
        let mut elements: Vec<_> = split_unquoted(line, b',').collect();
        elements.reverse();
        elements
    });
    elements.map(element)
}

pub(super) fn x_real_ip(headers: &HeaderMap) -> Option<IpAddr> {
    match lines(headers, "x-real-ip")[..] {
        [line] => address(line),
        _ => None,
    }
}

pub(super) fn x_forwarded_proto(headers: &HeaderMap) -> Option<Scheme> {
    Scheme::named(first(headers, "x-forwarded-proto")?)
}

pub(super) fn x_forwarded_host(headers: &HeaderMap) -> Option<&str> {
    first(headers, "x-forwarded-host")
}

/// All lines of a header; one that isn't text counts as a broken entry.
fn lines<'a>(headers: &'a HeaderMap, name: &str) -> Vec<&'a str> {
    headers.get_all(name).iter().map(|line| line.to_str().unwrap_or("?")).collect()
}

/// The first entry of a header that lists some.
fn first<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let line = headers.get(name)?.to_str().ok()?;
    let first = line.split(',').next()?.trim();
    (!first.is_empty()).then_some(first)
}

/// An element of `Forwarded`: `for=192.0.2.60;proto=http;host=example.com`.
fn element(text: &str) -> Hop<'_> {
    let mut hop = Hop::default();
    for pair in split_unquoted(text, b';') {
        let Some((name, value)) = pair.split_once('=') else {
            continue;
        };
        let (name, value) = (name.trim(), unquoted(value));
        if name.eq_ignore_ascii_case("for") {
            hop.address = address(value);
        } else if name.eq_ignore_ascii_case("proto") {
            hop.scheme = Scheme::named(value);
        } else if name.eq_ignore_ascii_case("host") {
            hop.host = Some(value).filter(|host| !host.is_empty());
        }
    }
    hop
}

/// Splits where the separator stands outside of quotes.
fn split_unquoted(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (mut quoted, mut escaped) = (false, false);
        let end = text.bytes().position(|byte| {
            let is_end = byte == separator && !quoted;
            quoted ^= byte == b'"' && !escaped;
            escaped = quoted && byte == b'\\' && !escaped;
            is_end
        });
        let (part, after) = match end {
            Some(end) => (&text[..end], Some(&text[end + 1..])),
            None => (text, None),
        };
        rest = after;
        Some(part)
    })
}

fn unquoted(value: &str) -> &str {
    let value = value.trim();
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
}

/// An address, with or without a port: `192.0.2.7`, `192.0.2.7:80`, `2001:db8::7`, `[2001:db8::7]:80`.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(address.to_canonical());
    }
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some(address.ip().to_canonical());
    }
    let bracketed = text.strip_prefix('[')?.strip_suffix(']')?;
    bracketed.parse().ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn headers(name: &'static str, lines: &[&str]) -> HeaderMap {
        lines
            .iter()
            .map(|line| (http::HeaderName::from_static(name), line.parse().unwrap()))
            .collect()
    }

    fn addresses<'a>(hops: impl Iterator<Item = Hop<'a>>) -> Vec<Option<String>> {
        hops.map(|hop| hop.address.map(|address| address.to_string())).collect()
    }

    #[test]
    fn the_last_entry_of_the_last_line_comes_first() {
        let headers =
            headers("x-forwarded-for", &["192.0.2.1, 192.0.2.2:80", " [2001:db8::3]:4, x"]);
        let expected = [None, Some("2001:db8::3"), Some("192.0.2.2"), Some("192.0.2.1")];
        let expected: Vec<_> = expected.map(|one| one.map(str::to_owned)).into();
        assert_eq!(addresses(x_forwarded_for(&headers)), expected);
    }

    #[test]
    fn elements_of_rfc_7239_are_read() {
        let line = r#"For="[2001:db8:cafe::17]:4711";Proto=HTTPS;host="a;b,c", for=_hidden, for=192.0.2.43;by=203.0.113.43, for=unknown"#;
        let headers = headers("forwarded", &[line, "for=\"192.0.2.9\""]);
        let hops: Vec<_> = forwarded(&headers).collect();
        let expected =
            [Some("192.0.2.9"), None, Some("192.0.2.43"), None, Some("2001:db8:cafe::17")];
        let expected: Vec<_> = expected.map(|one| one.map(str::to_owned)).into();
        assert_eq!(addresses(hops.iter().copied()), expected);
        assert_eq!((hops[4].scheme, hops[4].host), (Some(Scheme::Https), Some("a;b,c")));
    }

    proptest! {
        #[test]
        fn whatever_stands_there_the_last_address_is_the_first_hop(before in "[ -~]{0,40}") {
            let line = format!("{before}, 192.0.2.7");
            let headers = headers("x-forwarded-for", &[&line]);
            let hop = x_forwarded_for(&headers).next().unwrap();
            prop_assert_eq!(hop.address, Some("192.0.2.7".parse().unwrap()));
        }

        #[test]
        fn no_text_is_too_odd(line in "[ -~\t]{0,60}") {
            let headers = headers("forwarded", &[&line]);
            prop_assert!(forwarded(&headers).count() <= line.len() + 1);
        }
    }
}
