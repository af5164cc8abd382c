/// The longest name that DNS knows.
pub(crate) const MAX_NAME: usize = 253;

/// Name and port of an authority (`example.com:8080`, `[::1]:80`), without user and password; none
/// when it isn't one.
pub(crate) fn host_and_port(authority: &str) -> Option<(&str, Option<u16>)> {
    // Behind a port of its protocol a server is called by its name alone.
    if authority.bytes().all(of_name) {
        return valid(authority).then_some((authority, None));
    }
    take_apart(authority)
}

fn take_apart(authority: &str) -> Option<(&str, Option<u16>)> {
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
    let port = port.strip_prefix(':').and_then(|port| port.parse().ok());
    let of_host = |byte: u8| of_name(byte) || byte == b':';
    (valid(host) && host.bytes().all(of_host)).then_some((host, port))
}

#[inline]
fn valid(host: &str) -> bool {
    (1..=MAX_NAME).contains(&host.len())
}

/// Where an ASCII character stands last. An authority is so short that a plain loop is done before the
/// standard library's search has begun.
#[inline]
fn last(text: &str, character: u8) -> Option<usize> {
    text.bytes().rposition(|byte| byte == character)
}

/// The characters of names, of addresses but for their colons, and of zones.
#[inline]
fn of_name(byte: u8) -> bool {
    OF_NAME[usize::from(byte)]
}

static OF_NAME: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0_u8;
    loop {
        table[byte as usize] =
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'%' | b'~');
        if byte == u8::MAX {
            break table;
        }
        byte += 1;
    }
};

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
