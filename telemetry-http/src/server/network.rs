use std::net::IpAddr;

/// Addresses that begin alike: `10.0.0.0/8`, `2001:db8::/32`, or a single one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Network {
    base: u128,
    mask: u128,
}

impl Network {
    /// Reads an address, or one with the number of bits that count.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().ok()?;
        let width: u32 = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.trim().parse().ok().filter(|bits| *bits <= width)?,
            None => width,
        };
        let mask = u128::MAX.checked_shl(width - bits).unwrap_or(0);
        Some(Self { base: number(address) & mask, mask })
    }

    /// Whether the address is one of these.
    pub(super) fn contains(&self, address: IpAddr) -> bool {
        number(address) & self.mask == self.base
    }
}

/// Addresses of version 4 are those of version 6 that stand for them.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_has_the_addresses_that_begin_like_it() {
        for (network, within, without) in [
            ("10.0.0.0/8", "10.255.1.2", "11.0.0.1"),
            ("10.1.2.3/8", "10.0.0.0", "9.255.255.255"),
            ("10.0.0.0/8", "::ffff:10.0.0.1", "::10.0.0.1"),
            ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
            ("192.0.2.6/31", "192.0.2.7", "192.0.2.8"),
            ("0.0.0.0/0", "255.255.255.255", "2001:db8::1"),
            ("2001:db8::/32", "2001:db8:ffff::1", "2001:db9::1"),
            ("::1", "::1", "::2"),
        ] {
            let parsed = Network::parse(network).unwrap();
            assert!(parsed.contains(within.parse().unwrap()), "{network} {within}");
            assert!(!parsed.contains(without.parse().unwrap()), "{network} {without}");
        }
        assert!(Network::parse("::/0").unwrap().contains("10.0.0.1".parse().unwrap()));
    }

    #[test]
    fn what_is_no_network_is_none() {
        for text in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "proxy.example", "10.0.0.0/", "/8"] {
            assert_eq!(Network::parse(text), None, "{text}");
        }
    }
}
