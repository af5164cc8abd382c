use std::sync::OnceLock;

use telemetry_core::{EncodedAttributes, Value, semconv};

use super::authority::host_and_port;
use super::endpoint::RequestKind;

/// The attributes that all spans of an endpoint have, encoded once for each name by which clients call
/// the server: it has few.
#[derive(Debug, Default)]
pub(super) struct CommonAttributes {
    places: [OnceLock<ForAuthority>; 4],
}

#[derive(Debug)]
struct ForAuthority {
    authority: Box<[u8]>,
    attributes: EncodedAttributes,
}

impl CommonAttributes {
    /// Longer authorities aren't kept.
    const MAX_LEN: usize = 280;

    /// The attributes of requests of this kind and route to this authority; none when all places are
    /// taken by others, or for one that isn't kept.
    #[inline]
    pub(super) fn of(
        &self,
        kind: RequestKind,
        route: Option<&str>,
        authority: &[u8],
    ) -> Option<&EncodedAttributes> {
        for place in &self.places {
            let known = match place.get() {
                Some(known) => known,
                None => keep(place, kind, route, authority)?,
            };
            if *known.authority == *authority {
                return Some(&known.attributes);
            }
        }
        None
    }
}

/// Fills a free place, unless another thread does so first.
#[cold]
fn keep<'a>(
    place: &'a OnceLock<ForAuthority>,
    kind: RequestKind,
    route: Option<&str>,
    authority: &[u8],
) -> Option<&'a ForAuthority> {
    // Nor is one with a password.
    if authority.len() > CommonAttributes::MAX_LEN || authority.contains(&b'@') {
        return None;
    }
    Some(place.get_or_init(|| {
        let attributes = EncodedAttributes::new(&common(kind, route, authority));
        ForAuthority { authority: authority.into(), attributes }
    }))
}

/// What the spans of an endpoint have in common; empty values are left out of the record.
pub(super) fn common<'a>(
    kind: RequestKind,
    route: Option<&'a str>,
    authority: &'a [u8],
) -> [(&'static str, Value<'a>); 6] {
    let (host, port) = std::str::from_utf8(authority).ok().and_then(host_and_port).unzip();
    [
        (semconv::http::REQUEST_METHOD, kind.method.as_str().into()),
        (semconv::url::SCHEME, kind.scheme().into()),
        (semconv::network::PROTOCOL_VERSION, kind.version().into()),
        (semconv::server::ADDRESS, host.into()),
        (semconv::server::PORT, port.flatten().into()),
        (semconv::http::ROUTE, route.into()),
    ]
}

#[cfg(test)]
mod tests {
    use http::Version;
    use telemetry_core::testing::Capture;
    use telemetry_core::{Scope, SpanBuilder};

    use super::super::method::Method;
    use super::super::settings::Scheme;
    use super::*;

    const KIND: RequestKind = RequestKind {
        pipeline: 1,
        method: Method::GET,
        scheme: Scheme::Https,
        version: Version::HTTP_2,
    };

    #[test]
    fn the_first_authorities_are_kept_and_others_are_not() {
        let common = CommonAttributes::default();
        let of =
            |authority: &str| common.of(KIND, None, authority.as_bytes()).map(std::ptr::from_ref);
        let names: Vec<String> = (0..6).map(|number| format!("host{number}.example")).collect();
        let first: Vec<_> = names.iter().map(|name| of(name)).collect();
        let again: Vec<_> = names.iter().map(|name| of(name)).collect();
        assert_eq!(first, again);
        let kept: Vec<bool> = first.iter().map(Option::is_some).collect();
        assert_eq!(kept, [true, true, true, true, false, false]);
    }

    #[test]
    fn a_password_is_not_kept() {
        let common = CommonAttributes::default();
        assert!(common.of(KIND, None, b"user:secret@example.com").is_none());
        assert!(common.of(KIND, None, "x".repeat(281).as_bytes()).is_none());
        assert!(!format!("{common:?}").contains("secret"));
    }

    #[test]
    fn they_say_what_all_requests_of_the_endpoint_have_in_common() {
        static SCOPE: Scope = Scope::new("test", "1");
        let capture = Capture::start();
        let common = CommonAttributes::default();
        for authority in ["shop.example:8443", "[::1]", "not a name", ""] {
            let attributes = common.of(KIND, Some("/orders/{id}"), authority.as_bytes()).unwrap();
            capture.run(|| {
                SpanBuilder::new(&SCOPE, "request").encoded_attributes(attributes).start().end();
            });
        }
        let spans = capture.spans();
        let texts = |key: &str| -> Vec<Option<String>> {
            spans.iter().map(|span| span.attribute(key).map(|value| value.to_string())).collect()
        };
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(texts("http.request.method"), vec![some("GET"); 4]);
        assert_eq!(texts("url.scheme"), vec![some("https"); 4]);
        assert_eq!(texts("network.protocol.version"), vec![some("2"); 4]);
        assert_eq!(texts("http.route"), vec![some("/orders/{id}"); 4]);
        assert_eq!(texts("server.address"), [some("shop.example"), some("::1"), None, None]);
        assert_eq!(texts("server.port"), [some("8443"), None, None, None]);
    }
}
