use std::error::Error;
use std::fmt;
use std::net::IpAddr;

use http::HeaderMap;

use super::forwarded::{self, Hop};
use super::network::Network;
use super::settings::Scheme;

/// The proxies in front of a service, whose word about the client is taken.
///
/// A header like `X-Forwarded-For` is a list to which each proxy adds whom it was called by; what stands
/// further left may be made up by the client. So it is read from the right: where the connection comes
/// from a proxy of these, and for as long as the addresses are those of such proxies, the next one
/// is believed, and the first that isn't a proxy's is the client. Where an address is hidden or broken,
/// the client isn't known and the other end of the connection stands for it.
///
/// `network.peer.address` remains the other end of the connection. From the same proxies the scheme
/// and the host that the client used are taken (`X-Forwarded-Proto`, `X-Forwarded-Host`, or `proto` and
/// `host` of `Forwarded`), for `url.scheme`, `server.address` and `server.port`.
///
/// ```
/// use telemetry_http::Layer;
/// use telemetry_http::server::{ForwardedHeader, TrustedProxies};
///
/// let proxies = TrustedProxies::new(["10.0.0.0/8", "::1"])?.header(ForwardedHeader::Forwarded);
/// let layer = Layer::new().trusted_proxies(proxies);
///
/// let error = TrustedProxies::new(["10.0.0.0/40"]).unwrap_err();
/// assert!(error.to_string().contains("`10.0.0.0/40`"));
/// # Ok::<(), telemetry_http::server::InvalidNetwork>(())
/// ```
#[derive(Clone, Debug)]
pub struct TrustedProxies {
    networks: Vec<Network>,
    header: ForwardedHeader,
}

/// Where proxies say for whom they call. Only the one that all of them set (or take away) can be
/// believed: another is the client's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`, which most proxies add to.
    #[default]
    XForwardedFor,
    /// `Forwarded`, of RFC 7239.
    Forwarded,
    /// `X-Real-IP`, a single address.
    XRealIp,
}

/// A network that isn't one, of [`TrustedProxies::new`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidNetwork(String);

/// What the proxies say of the client.
#[derive(Debug, Default)]
pub(super) struct Origin<'a> {
    pub(super) client: Option<IpAddr>,
    pub(super) scheme: Option<Scheme>,
    pub(super) host: Option<&'a str>,
}

impl TrustedProxies {
    /// Proxies with addresses in these networks: `10.0.0.0/8`, `2001:db8::/32`, `192.0.2.7`.
    ///
    /// # Errors
    ///
    /// If one of them is neither an address nor one with the number of bits that count.
    pub fn new<N: AsRef<str>>(
        networks: impl IntoIterator<Item = N>,
    ) -> Result<Self, InvalidNetwork> {
        let parse = |text: N| {
            let text = text.as_ref();
            Network::parse(text).ok_or_else(|| InvalidNetwork(text.to_owned()))
        };
        let networks: Result<_, _> = networks.into_iter().map(parse).collect();
        Ok(Self { networks: networks?, header: ForwardedHeader::default() })
    }

    /// The header that is read, `X-Forwarded-For` unless another is said.
    pub fn header(mut self, header: ForwardedHeader) -> Self {
        self.header = header;
        self
    }

    /// What the headers of a request from `peer` say that can be believed.
    pub(super) fn origin<'a>(&self, peer: IpAddr, headers: &'a HeaderMap) -> Origin<'a> {
        if !self.trusts(peer) {
            return Origin::default();
        }
        match self.header {
            ForwardedHeader::XForwardedFor => {
                let client = self.client(forwarded::x_forwarded_for(headers));
                Self::with_x_headers(client.and_then(|hop| hop.address), headers)
            }
            ForwardedHeader::XRealIp => {
                Self::with_x_headers(forwarded::x_real_ip(headers), headers)
            }
            ForwardedHeader::Forwarded => {
                let client = self.client(forwarded::forwarded(headers)).unwrap_or_default();
                Origin { client: client.address, scheme: client.scheme, host: client.host }
            }
        }
    }

    fn with_x_headers<'a>(client: Option<IpAddr>, headers: &'a HeaderMap) -> Origin<'a> {
        Origin {
            client,
            scheme: forwarded::x_forwarded_proto(headers),
            host: forwarded::x_forwarded_host(headers),
        }
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }

    /// The hop of the client among those from right to left: the first that isn't a proxy's, else the
    /// last of all. None where it is hidden.
    fn client<'a>(&self, hops: impl Iterator<Item = Hop<'a>>) -> Option<Hop<'a>> {
        let mut client = None;
        for hop in hops {
            let address = hop.address?;
            client = Some(hop);
            if !self.trusts(address) {
                break;
            }
        }
        client
    }
}

impl fmt::Display for InvalidNetwork {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "trusted proxies: `{}` is no network; allowed are addresses such as 192.0.2.7 and networks \
             such as 10.0.0.0/8 or 2001:db8::/32",
            self.0.escape_debug()
        )
    }
}

impl Error for InvalidNetwork {}
