//! Addresses that are not the public internet's, after the registries of special-purpose addresses
//! (RFC 6890 and what was added to them since).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A block: its first address, the bits that count, what it is.
type Block<A> = (A, u32, &'static str);

const V4: [Block<Ipv4Addr>; 17] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8, "an address of this host"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "a private address"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "an address behind a carrier's translation"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "a loopback address"),
    (Ipv4Addr::new(168, 63, 129, 16), 32, "a metadata service of a cloud"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "a link-local address, where clouds keep metadata"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "a private address"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "an address reserved for protocols"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "an address for documentation"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "a relay to IPv6"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "a private address"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "an address for benchmarks"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "an address for documentation"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "an address for documentation"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "a multicast address"),
    (Ipv4Addr::new(255, 255, 255, 255), 32, "the broadcast address"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "a reserved address"),
];

/// Of IPv6 only what is listed as global unicast is public at all.
const GLOBAL: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

const V6: [Block<Ipv6Addr>; 14] = [
    (Ipv6Addr::UNSPECIFIED, 128, "the unspecified address"),
    (Ipv6Addr::LOCALHOST, 128, "a loopback address"),
    (Ipv6Addr::UNSPECIFIED, 96, "an IPv4 address in an obsolete form"),
    (Ipv6Addr::new(0x64, 0xff9b, 1, 0, 0, 0, 0, 0), 48, "a local translation to IPv4"),
    (Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, 0), 64, "an address that discards"),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 32, "a Teredo tunnel"),
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23, "an address reserved for protocols"),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32, "an address for documentation"),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16, "a 6to4 tunnel"),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20, "an address for documentation"),
    (Ipv6Addr::new(0xfc00, 0, 0, 0, 0, 0, 0, 0), 7, "a private address"),
    (Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 0), 10, "a link-local address"),
    (Ipv6Addr::new(0xfec0, 0, 0, 0, 0, 0, 0, 0), 10, "a site-local address"),
    (Ipv6Addr::new(0xff00, 0, 0, 0, 0, 0, 0, 0), 8, "a multicast address"),
];

/// NAT64: what comes behind is an IPv4 address (RFC 6052).
const TRANSLATED: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

/// What an address is, where it is none of the public internet's; `None` for a public one. An IPv4
/// address inside an IPv6 one counts as itself.
#[must_use]
pub fn kind_of_refused(address: IpAddr) -> Option<&'static str> {
    match address.to_canonical() {
        IpAddr::V4(address) => of_v4(address),
        IpAddr::V6(address) if within_v6(address, TRANSLATED.0, TRANSLATED.1) => of_v4(inner(address)),
        IpAddr::V6(address) => of_v6(address),
    }
}

fn of_v4(address: Ipv4Addr) -> Option<&'static str> {
    let inside = |block: &&Block<Ipv4Addr>| {
        let shift = 32_u32.saturating_sub(block.1);
        (address.to_bits() ^ block.0.to_bits()).checked_shr(shift).unwrap_or(0) == 0
    };
    V4.iter().find(inside).map(|block| block.2)
}

fn of_v6(address: Ipv6Addr) -> Option<&'static str> {
    let named = V6.iter().find(|(first, bits, _)| within_v6(address, *first, *bits)).map(|block| block.2);
    let global = within_v6(address, GLOBAL.0, GLOBAL.1);
    named.or_else(|| (!global).then_some("a reserved address"))
}

fn within_v6(address: Ipv6Addr, first: Ipv6Addr, bits: u32) -> bool {
    let shift = 128_u32.saturating_sub(bits);
    (address.to_bits() ^ first.to_bits()).checked_shr(shift).unwrap_or(0) == 0
}

fn inner(address: Ipv6Addr) -> Ipv4Addr {
    let [.., a, b, c, d] = address.octets();
    Ipv4Addr::new(a, b, c, d)
}
