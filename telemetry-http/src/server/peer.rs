use std::net::SocketAddr;

use http::Extensions;

/// The address at the other end of the connection, said by a server that isn't axum's: an extension
/// of the request. Under axum, `into_make_service_with_connect_info::<SocketAddr>()` says it.
///
/// It is what the socket says; addresses in headers are believed where
/// [`TrustedProxies`](super::TrustedProxies) set them.
///
/// ```
/// use http::Request;
/// use telemetry_http::server::PeerAddress;
///
/// let mut request = Request::new(());
/// request.extensions_mut().insert(PeerAddress(([192, 0, 2, 7], 50123).into()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PeerAddress(pub SocketAddr);

impl PeerAddress {
    /// The address among a request's extensions.
    #[inline]
    pub(super) fn of(extensions: &Extensions) -> Option<SocketAddr> {
        #[cfg(feature = "axum")]
        if let Some(info) = extensions.get::<axum::extract::ConnectInfo<SocketAddr>>() {
            return Some(info.0);
        }
        extensions.get::<Self>().map(|peer| peer.0)
    }
}
