/// The longest name that DNS knows.
const MAX_NAME: usize = 253;

/// Name and port of an authority (`example.com:8080`, `[::1]:80`), without user and password; none
/// when it isn't one.
pub(super) fn host_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let authority = match last(authority, b'@') {
        Some(at) => &authority[at + 1..],
        None => authority,
    };
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => {
            let end = last(authority, b':').unwrap_or(authority.len());
            authority.split_at(end)
        }
    };
    let valid = (1..=MAX_NAME).contains(&host.len()) && host.bytes().all(is_of_host);
    let port = port.strip_prefix(':').and_then(|port| port.parse().ok());
    valid.then_some((host, port))
}

/// Where an ASCII character stands last. An authority is so short that a plain loop is done before the
/// standard library's search has begun.
#[inline]
fn last(text: &str, character: u8) -> Option<usize> {
    text.bytes().rposition(|byte| byte == character)
}

/// Names, addresses of both families, and zones.
fn is_of_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b':' | b'%' | b'~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_authority_is_taken_apart() {
        for (authority, expected) in [
            ("example.com", Some(("example.com", None))),
            ("example.com:8080", Some(("example.com", Some(8080)))),
            ("example.com:", Some(("example.com", None))),
            ("example.com:99999", Some(("example.com", None))),
            ("127.0.0.1:80", Some(("127.0.0.1", Some(80)))),
            ("[::1]:80", Some(("::1", Some(80)))),
            ("[2001:db8::7]", Some(("2001:db8::7", None))),
            ("user:secret@example.com:81", Some(("example.com", Some(81)))),
            ("", None),
            (":80", None),
            ("[::1", None),
            ("a b", None),
            ("example.com/path", None),
        ] {
            assert_eq!(host_and_port(authority), expected, "{authority}");
        }
        assert_eq!(host_and_port(&"x".repeat(254)), None);
    }
}
