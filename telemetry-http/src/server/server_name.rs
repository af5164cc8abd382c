use std::cell::Cell;
use std::ops::Range;

use super::authority::host_and_port;

/// The authority by which a thread's server was called last, taken apart. A server has few names, so
/// the next request mostly calls it the same.
#[derive(Debug, Default)]
pub(super) struct ServerName {
    authority: String,
    /// Where the name stands in it; nowhere, when the authority isn't one.
    host: Range<usize>,
    port: Option<u16>,
}

thread_local! {
    static LAST: Cell<Option<Box<ServerName>>> = const { Cell::new(None) };
}

impl ServerName {
    /// Longer authorities aren't kept.
    const MAX_LEN: usize = 280;

    /// Runs `look` with name and port of an authority; with none, when it isn't one.
    #[inline]
    pub(super) fn with<R>(
        authority: &[u8],
        look: impl FnOnce(Option<(&str, Option<u16>)>) -> R,
    ) -> R {
        // While a thread ends nothing is kept.
        let mut last = LAST.try_with(Cell::take).ok().flatten().unwrap_or_default();
        let result = if last.authority.as_bytes() == authority {
            look(last.known())
        } else {
            look(last.learn(authority))
        };
        let _ = LAST.try_with(|place| place.set(Some(last)));
        result
    }

    #[inline]
    fn known(&self) -> Option<(&str, Option<u16>)> {
        let host = self.authority.get(self.host.clone()).filter(|host| !host.is_empty())?;
        Some((host, self.port))
    }

    #[inline(never)]
    fn learn<'a>(&'a mut self, authority: &'a [u8]) -> Option<(&'a str, Option<u16>)> {
        let authority = std::str::from_utf8(authority).ok()?;
        let parsed = host_and_port(authority);
        // Nor is one with a password.
        if authority.len() > Self::MAX_LEN || authority.contains('@') {
            return parsed;
        }
        let (host, port) = parsed.unwrap_or_default();
        let start = usize::from(authority.starts_with('['));
        self.authority.clear();
        self.authority.push_str(authority);
        self.host = start..start + host.len();
        self.port = port;
        self.known()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn authority() -> impl Strategy<Value = String> {
        let odd = "[a-z0-9.:@\\[\\] é%-]{0,12}";
        let plain = "[a-c]{1,2}(:[0-9]{1,6})?";
        let bracketed = "\\[[0-9a-f:]{2,6}\\](:80)?";
        prop_oneof![odd, plain, bracketed, Just(format!("{}.example", "x".repeat(240)))]
    }

    proptest! {
        #[test]
        fn whatever_came_before_an_authority_is_taken_apart_the_same(
            authorities in prop::collection::vec(authority(), 1..8),
        ) {
            // Each twice: found anew, and known.
            for authority in authorities.iter().flat_map(|authority| [authority, authority]) {
                ServerName::with(authority.as_bytes(), |server| {
                    prop_assert_eq!(server, host_and_port(authority));
                    Ok(())
                })?;
            }
        }
    }

    #[test]
    fn a_password_is_not_kept() {
        ServerName::with(b"user:secret@example.com", |server| {
            assert_eq!(server, Some(("example.com", None)));
        });
        let last = LAST.take().unwrap();
        assert_eq!(last.authority, "");
    }
}
