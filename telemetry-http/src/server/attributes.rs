//! What a span says of its request.

use std::fmt::{self, Write};
use std::net::{IpAddr, SocketAddr};

use http::{Extensions, HeaderMap, HeaderValue, Request, Uri, Version};
use telemetry_core::{Key, SpanBuilder, semconv};

use super::common::common;
use super::endpoint::Endpoint;
use super::peer::PeerAddress;
use super::request_headers::RequestHeaders;
use crate::redact::redact_query;

/// A request without its body, whatever the type of that.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head<'a> {
    pub(super) method: &'a http::Method,
    pub(super) uri: &'a Uri,
    pub(super) version: Version,
    pub(super) headers: &'a HeaderMap,
    pub(super) extensions: &'a Extensions,
}

impl<'a> Head<'a> {
    #[inline]
    pub(super) fn of<B>(request: &'a Request<B>) -> Self {
        Self {
            method: request.method(),
            uri: original_uri(request.extensions()).unwrap_or(request.uri()),
            version: request.version(),
            headers: request.headers(),
            extensions: request.extensions(),
        }
    }
}

/// The address before nested routers took their prefixes off.
#[inline]
fn original_uri(extensions: &Extensions) -> Option<&Uri> {
    #[cfg(feature = "axum")]
    if let Some(original) = extensions.get::<axum::extract::OriginalUri>() {
        return Some(&original.0);
    }
    let _ = extensions;
    None
}

/// What is longer is cut: a record has room for all its attributes only if none takes it all.
const MAX_TEXT: usize = 4096;

/// What nearly every span has of its own; the last may be left out.
static OWN: [Key; 2] = [Key::new(semconv::url::PATH), Key::new(semconv::user_agent::ORIGINAL)];

/// Sets all that is known before the request is answered.
#[inline]
pub(super) fn describe(
    builder: SpanBuilder,
    head: Head<'_>,
    headers: &RequestHeaders<'_>,
    endpoint: &Endpoint,
) -> SpanBuilder {
    let authority = authority(head, headers).unwrap_or_default();
    let builder = match endpoint.common(authority) {
        Some(common) => builder.encoded_attributes(common),
        None => describe_endpoint(builder, endpoint, authority),
    };
    let user_agent = headers.user_agent.and_then(|agent| agent.to_str().ok()).map(bounded);
    let own = [bounded(head.uri.path()).into(), user_agent.into()];
    let present = own.get(..1 + usize::from(user_agent.is_some())).unwrap_or_default();
    let mut builder = builder.attributes(&OWN, present);
    if let Some(peer) = PeerAddress::of(head.extensions) {
        builder = describe_peer(builder, peer);
    }
    if let Some(query) = head.uri.query().filter(|query| !query.is_empty()) {
        builder = builder.attribute(semconv::url::QUERY, bounded(&redact_query(query)));
    }
    if endpoint.kind().method.is_other() {
        let sent = bounded(head.method.as_str());
        builder = builder.attribute(semconv::http::REQUEST_METHOD_ORIGINAL, sent);
    }
    builder
}

#[cold]
#[inline(never)]
fn describe_endpoint(
    mut builder: SpanBuilder,
    endpoint: &Endpoint,
    authority: &[u8],
) -> SpanBuilder {
    for (key, value) in common(endpoint.kind(), endpoint.route(), authority) {
        builder = builder.attribute(key, value);
    }
    builder
}

/// The server as the client calls it: of the request's target where it says so, which is always the
/// case in HTTP/2, else of the header.
#[inline]
fn authority<'a>(head: Head<'a>, headers: &RequestHeaders<'a>) -> Option<&'a [u8]> {
    match head.uri.authority() {
        Some(authority) => Some(authority.as_str().as_bytes()),
        None => headers.host.map(HeaderValue::as_bytes),
    }
}

#[inline(never)]
fn describe_peer(builder: SpanBuilder, peer: SocketAddr) -> SpanBuilder {
    let text = AddressText::of(peer.ip().to_canonical());
    builder
        .attribute(semconv::client::ADDRESS, text.as_str())
        .attribute(semconv::network::PEER_ADDRESS, text.as_str())
        .attribute(semconv::network::PEER_PORT, peer.port())
}

#[inline]
fn bounded(text: &str) -> &str {
    if text.len() <= MAX_TEXT {
        return text;
    }
    &text[..text.floor_char_boundary(MAX_TEXT)]
}

/// An IP address as text, on the stack.
struct AddressText {
    /// The longest has 45 characters.
    bytes: [u8; 45],
    length: usize,
}

impl AddressText {
    fn of(address: IpAddr) -> Self {
        let mut text = Self { bytes: [0; 45], length: 0 };
        // It fits, and if it didn't the text would be shorter.
        let _ = write!(text, "{address}");
        text
    }

    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl Write for AddressText {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        let end = self.length + part.len();
        let place = self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?;
        place.copy_from_slice(part.as_bytes());
        self.length = end;
        Ok(())
    }
}
