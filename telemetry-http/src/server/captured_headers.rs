use std::borrow::Cow;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use telemetry_core::redact;

/// The headers that may be recorded, each with the key of its attribute.
#[derive(Clone, Debug, Default)]
pub(super) struct CapturedHeaders(Vec<(HeaderName, Box<str>)>);

/// The values of a header.
#[derive(Debug)]
pub(super) struct Values<'a>(Vec<Cow<'a, str>>);

impl CapturedHeaders {
    /// Of a header that occurs more often the first count.
    const MAX_VALUES: usize = 16;
    const MAX_LEN: usize = 1024;

    /// Adds `names`, whose attributes are called `prefix` and the name.
    pub(super) fn add(&mut self, prefix: &str, names: impl IntoIterator<Item = HeaderName>) {
        for name in names {
            if !self.0.iter().any(|(known, _)| *known == name) {
                let key = format!("{prefix}{name}").into();
                self.0.push((name, key));
            }
        }
    }

    /// Those that there are, with their values.
    pub(super) fn of<'a>(
        &'a self,
        headers: &'a HeaderMap,
    ) -> impl Iterator<Item = (&'a str, Values<'a>)> {
        self.0.iter().filter_map(|(name, key)| {
            let values = headers.get_all(name).iter().take(Self::MAX_VALUES);
            let values: Vec<_> = values.filter_map(|value| shown(name, value)).collect();
            (!values.is_empty()).then_some((&**key, Values(values)))
        })
    }
}

impl Values<'_> {
    pub(super) fn texts(&self) -> Vec<&str> {
        self.0.iter().map(|value| &**value).collect()
    }
}

/// What may be recorded of a value; nothing of what isn't text.
fn shown<'a>(name: &HeaderName, value: &'a HeaderValue) -> Option<Cow<'a, str>> {
    if value.is_sensitive() || is_secret(name) {
        return Some(Cow::Borrowed("REDACTED"));
    }
    let text = value.to_str().ok()?;
    // Of an authority a user and a password are no part that a server needs.
    let is_authority = name.as_str().ends_with("host");
    let text = text.rsplit('@').next().filter(|_| is_authority).unwrap_or(text);
    Some(redact::text(text, CapturedHeaders::MAX_LEN))
}

/// Headers that hold secrets by their meaning or their name. Listing them is a mistake, and nobody's
/// secret becomes a record by it.
fn is_secret(name: &HeaderName) -> bool {
    let known = [
        header::AUTHORIZATION,
        header::PROXY_AUTHORIZATION,
        header::COOKIE,
        header::SET_COOKIE,
        header::WWW_AUTHENTICATE,
        header::PROXY_AUTHENTICATE,
    ];
    known.contains(name) || crate::redact::is_secret_key(name.as_str())
}
