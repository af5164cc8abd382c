//! What a span says of its request.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

use http::HeaderValue;
use telemetry_core::{CallSite, Key, SpanDescription, semconv};

use super::authority::host_and_port;
use super::common::common;
use super::endpoint::Endpoint;
use super::old_names::OldAttributes;
use super::peer::PeerAddress;
use super::query::QueryPolicy;
use super::request_head::RequestHead;
use super::request_headers::RequestHeaders;
use super::stability::Stability;
use super::trusted_proxies::Origin;
use crate::address_text::AddressText;
use crate::redact::{SecretKeys, redact_query};

/// What is longer is cut: a record has room for all its attributes only if none takes it all.
const MAX_TEXT: usize = 4096;

/// What nearly every span has of its own; the last may be left out.
static OWN: CallSite = CallSite::new(
    &const { [Key::new(semconv::url::PATH), Key::new(semconv::user_agent::ORIGINAL)] },
    &[None; 2],
);

/// What is known of a request before it is answered.
#[derive(Debug)]
pub(super) struct Known<'a> {
    pub(super) head: RequestHead<'a>,
    pub(super) headers: &'a RequestHeaders<'a>,
    pub(super) endpoint: &'a Endpoint,
    /// What proxies say, if any may.
    pub(super) origin: Option<&'a Origin<'a>>,
    /// Where it isn't the usual one.
    pub(super) query: Option<&'a QueryPolicy>,
}

impl<'a> Known<'a> {
    /// Sets it all.
    #[inline]
    pub(super) fn describe(&self, span: &mut SpanDescription<'_>) {
        let (head, authority) = (self.head, self.authority().unwrap_or_default());
        match self.endpoint.common(authority) {
            Some(common) => {
                span.encoded_attributes(common);
            }
            None => self.describe_endpoint(span, authority),
        }
        let user_agent = self.headers.user_agent.and_then(text_of);
        let own = [bounded(head.path()).into(), user_agent.map(bounded).into()];
        let present = own.get(..1 + usize::from(user_agent.is_some())).unwrap_or_default();
        span.known_attributes(&OWN, present);
        if let Some(peer) = PeerAddress::of(head.extensions) {
            self.describe_peer(span, peer);
        }
        if let Some(query) = self.query() {
            span.attribute(semconv::url::QUERY, bounded(&query));
        }
        if self.endpoint.kind().method.is_other() {
            let sent = bounded(head.method.as_str());
            span.attribute(semconv::http::REQUEST_METHOD_ORIGINAL, sent);
        }
        if Stability::asked().is_both() {
            self.describe_by_old_names(span);
        }
    }

    #[cold]
    #[inline(never)]
    fn describe_endpoint(&self, span: &mut SpanDescription<'_>, authority: &[u8]) {
        for (key, value) in common(self.endpoint.kind(), self.endpoint.route(), authority) {
            span.attribute(key, value);
        }
    }

    /// The server as the client calls it: as a proxy has it, if one may say so, else of the request's
    /// target where it says so, which is always the case in HTTP/2, else of the header.
    #[inline]
    fn authority(&self) -> Option<&'a [u8]> {
        if let Some(host) = self.origin.and_then(|origin| origin.host) {
            return Some(host.as_bytes());
        }
        match self.head.local_uri.authority() {
            Some(authority) => Some(authority.as_str().as_bytes()),
            None => self.headers.host.map(HeaderValue::as_bytes),
        }
    }

    fn query(&self) -> Option<Cow<'a, str>> {
        let query = self.head.local_uri.query().filter(|query| !query.is_empty())?;
        match self.query {
            Some(policy) => policy.shown(query),
            None => Some(redact_query(query, SecretKeys::NONE)),
        }
    }

    /// The address of the client behind those proxies that may name it.
    fn client(&self, peer: SocketAddr) -> IpAddr {
        self.origin.and_then(|origin| origin.client).unwrap_or_else(|| peer.ip().to_canonical())
    }

    #[inline(never)]
    fn describe_peer(&self, span: &mut SpanDescription<'_>, peer: SocketAddr) {
        let text = AddressText::of(peer.ip().to_canonical());
        span.attribute(semconv::client::ADDRESS, AddressText::of(self.client(peer)).as_str())
            .attribute(semconv::network::PEER_ADDRESS, text.as_str())
            .attribute(semconv::network::PEER_PORT, peer.port());
    }

    #[cold]
    fn describe_by_old_names(&self, span: &mut SpanDescription<'_>) {
        let peer = PeerAddress::of(self.head.extensions);
        let query = self.query();
        let client = peer.map(|peer| AddressText::of(self.client(peer)));
        let peer = peer.map(|peer| (AddressText::of(peer.ip().to_canonical()), peer.port()));
        let kind = self.endpoint.kind();
        let authority = self.authority().and_then(|authority| std::str::from_utf8(authority).ok());
        let old = OldAttributes {
            method: kind.method.as_str(),
            scheme: kind.scheme(),
            version: kind.version(),
            host: authority.and_then(host_and_port),
            client: client.as_ref().map(AddressText::as_str),
            peer: peer.as_ref().map(|(address, port)| (address.as_str(), *port)),
            query: query.as_deref(),
        };
        old.describe(span, &self.head);
    }
}

/// The value as text; beyond ASCII it is none the less one.
#[inline]
fn text_of(value: &HeaderValue) -> Option<&str> {
    // A check byte by byte is the cheaper one of a few.
    const FEW: usize = 24;
    match value.len() {
        ..=FEW => value.to_str().ok().or_else(|| std::str::from_utf8(value.as_bytes()).ok()),
        _ => std::str::from_utf8(value.as_bytes()).ok(),
    }
}

#[inline]
fn bounded(text: &str) -> &str {
    if text.len() <= MAX_TEXT {
        return text;
    }
    &text[..text.floor_char_boundary(MAX_TEXT)]
}
