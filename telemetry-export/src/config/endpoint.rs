use std::fmt;

use ureq::http::{HeaderName, HeaderValue, Uri};

use super::pairs;
use crate::notice::mask_url;

/// Where a signal is sent by OTLP over HTTP. Shown without what may be secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// Without user and password.
    uri: Uri,
    /// `user:password` of the URL, decoded.
    user: Option<String>,
}

/// What [`Endpoint::parse`] takes.
pub(crate) const ENDPOINT: &str = if cfg!(feature = "tls") {
    "use a URL of http or https with a host"
} else {
    "use a URL of http with a host; https needs the feature `tls` of telemetry-export"
};

impl Endpoint {
    /// The endpoint of one signal: the URL as it is, with `/` for an empty path.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let scheme = uri.scheme_str()?;
        if scheme != "http" && !(scheme == "https" && cfg!(feature = "tls")) {
            return None;
        }
        let authority = uri.authority()?;
        let (user, host) = match authority.as_str().rsplit_once('@') {
            Some((user, host)) => (Some(pairs::decode(user)?), host),
            None => (None, authority.as_str()),
        };
        let has_port = host.rfind(':') > host.rfind(']');
        if authority.host().is_empty() || has_port && authority.port_u16().is_none() {
            return None;
        }
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let uri =
            Uri::builder().scheme(scheme).authority(host).path_and_query(path).build().ok()?;
        Some(Self { uri, user })
    }

    /// The endpoint of a signal beneath a base URL: `v1/traces` and its like are appended to the
    /// path.
    pub(crate) fn parse_base(text: &str, path: &str) -> Option<Self> {
        let base = Self::parse(text)?;
        let mut parts = base.uri.into_parts();
        let old = parts.path_and_query.take();
        let (before, query) = old.as_ref().map_or(("/", None), |old| (old.path(), old.query()));
        let slash = if before.ends_with('/') { "" } else { "/" };
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        parts.path_and_query = format!("{before}{slash}{path}{query}").parse().ok();
        parts.path_and_query.as_ref()?;
        Some(Self { uri: Uri::from_parts(parts).ok()?, user: base.user })
    }

    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// Scheme, host and port: what is reached or not as a whole.
    pub(crate) fn origin(&self) -> String {
        let scheme = self.uri.scheme_str().unwrap_or_default();
        let authority = self.uri.authority().map_or("", |part| part.as_str());
        format!("{scheme}://{authority}")
    }

    /// Whether it is on this machine, where no proxy has a place.
    pub(crate) fn is_local(&self) -> bool {
        let host = self.uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// `Authorization: Basic …` of the URL's user and password.
    pub(crate) fn authorization(&self) -> Option<HeaderValue> {
        let user = self.user.as_ref()?;
        let mut value = HeaderValue::try_from(format!("Basic {}", base64(user.as_bytes()))).ok()?;
        value.set_sensitive(true);
        Some(value)
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&mask_url(&self.uri.to_string()))
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// A header of a request, its value marked as secret; none when HTTP doesn't allow it.
pub(crate) fn header(name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
    let mut value = HeaderValue::from_str(value).ok()?;
    value.set_sensitive(true);
    Some((HeaderName::try_from(name).ok()?, value))
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut group = [0; 3];
        group[..chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes([0, group[0], group[1], group[2]]);
        for place in 0..4 {
            if place <= chunk.len() {
                let digit = bits >> (18 - 6 * place) & 63;
                text.push(char::from(DIGITS[digit as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_base_gets_the_signals_path_and_a_signals_own_url_stays_as_it_is() {
        for (base, url) in [
            ("http://collector:4318", "http://collector:4318/v1/traces"),
            ("http://collector:4318/", "http://collector:4318/v1/traces"),
            ("http://collector:4318/mine/", "http://collector:4318/mine/v1/traces"),
            ("http://collector/mine?a=b", "http://collector/mine/v1/traces?a=b"),
            ("http://[::1]:4318", "http://[::1]:4318/v1/traces"),
        ] {
            let endpoint = Endpoint::parse_base(base, "v1/traces").unwrap();
            assert_eq!(endpoint.uri().to_string(), url);
        }
        for (text, url) in [
            ("http://collector:4318", "http://collector:4318/"),
            ("http://collector/v1/metrics/", "http://collector/v1/metrics/"),
        ] {
            assert_eq!(Endpoint::parse(text).unwrap().uri().to_string(), url);
        }
    }

    #[test]
    fn what_is_no_url_of_http_is_refused() {
        for text in [
            "collector:4318",
            "/v1/traces",
            "grpc://collector:4317",
            "http://",
            "http://:4318",
            "http://host:",
            "http://host:99999",
            "http://ho st",
        ] {
            assert_eq!(Endpoint::parse(text), None, "{text}");
        }
    }

    #[test]
    fn user_and_password_go_into_a_header_and_are_never_shown() {
        let endpoint = Endpoint::parse("http://me:s3cr%40t@collector/x?key=s3cret").unwrap();
        assert_eq!(
            endpoint.authorization().unwrap(),
            "Basic bWU6czNjckB0" // `printf me:s3cr@t | base64`
        );
        assert_eq!(endpoint.to_string(), "http://collector/x?***");
        assert!(!format!("{endpoint:?}").contains("s3c"));
        assert!(!format!("{:?}", endpoint.authorization()).contains("bWU6"));
    }

    #[test]
    fn loopback_addresses_are_local() {
        for (url, local) in [
            ("http://localhost:1", true),
            ("http://127.0.0.2", true),
            ("http://[::1]:4318/x", true),
            ("http://collector", false),
            ("http://10.0.0.1", false),
        ] {
            assert_eq!(Endpoint::parse(url).unwrap().is_local(), local, "{url}");
        }
    }

    #[test]
    fn base64_pads() {
        for (text, encoded) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v")] {
            assert_eq!(base64(text.as_bytes()), encoded);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_a_panic(text in "(https?://)?\\PC{0,40}") {
            let _ = Endpoint::parse(&text);
            let _ = Endpoint::parse_base(&text, "v1/logs");
        }
    }
}
