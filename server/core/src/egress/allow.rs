//! What the operator opens on purpose: hosts and address blocks, with a port or with all of them.

use std::net::IpAddr;

use ipnet::IpNet;
use url::Host;

use super::target::{Target, plain};

/// One entry of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Opening {
    place: Place,
    /// `None`: every port.
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    Name(String),
    Block(IpNet),
}

impl Opening {
    /// `host-or-cidr[:port]`; an IPv6 address or block with a port stands in brackets.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (place, port) = split(text).ok_or_else(|| wrong(text))?;
        let port = match port {
            None => None,
            Some(port) => Some(port.parse().ok().filter(|port| *port > 0).ok_or_else(|| wrong(text))?),
        };
        let place = block(place).map(Place::Block).or_else(|| name(place).map(Place::Name));
        place.map(|place| Self { place, port }).ok_or_else(|| wrong(text))
    }

    /// Whether the entry names the target itself.
    pub fn names(&self, target: &Target) -> bool {
        let place = match (&self.place, target.name(), target.address()) {
            (Place::Name(name), Some(host), _) => name == host,
            (Place::Block(block), _, Some(address)) => block.contains(&address.to_canonical()),
            _ => false,
        };
        place && self.is_port(target.port())
    }

    /// Whether the entry opens the address, whatever name led there.
    pub fn opens(&self, address: IpAddr, port: u16) -> bool {
        matches!(&self.place, Place::Block(block) if block.contains(&address)) && self.is_port(port)
    }

    fn is_port(&self, port: u16) -> bool {
        self.port.is_none_or(|own| own == port)
    }
}

/// The place and the port behind it, where there is one.
fn split(text: &str) -> Option<(&str, Option<&str>)> {
    if let Some(rest) = text.strip_prefix('[') {
        // `[::1]:8080`, `[fd00::]/8:8080` and `[fd00::/8]:8080`.
        let (inside, behind) = rest.split_once(']')?;
        return match behind.split_once(':') {
            _ if behind.is_empty() => Some((inside, None)),
            Some(("", port)) => Some((inside, Some(port))),
            _ => None,
        };
    }
    match text.matches(':').count() {
        0 => Some((text, None)),
        1 => text.split_once(':').map(|(place, port)| (place, Some(port))),
        // An IPv6 address or block without a port.
        _ => Some((text, None)),
    }
}

fn block(text: &str) -> Option<IpNet> {
    let block: Option<IpNet> = text.parse().ok();
    let block = block.or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
    block.map(|block| block.trunc())
}

/// A name as a URL has it. Whatever reads as an address is one there, and no name.
fn name(text: &str) -> Option<String> {
    let fits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    match Host::parse(text) {
        Ok(Host::Domain(name)) if fits => Some(plain(&name)).filter(|name| !name.is_empty()),
        _ => None,
    }
}

fn wrong(text: &str) -> String {
    format!(
        "has the entry '{text}'; use a host name, an address or a block of addresses, with a port behind a \
         colon where only that one is meant: localhost:9000, 10.0.0.0/8, [fd00::/8]:443"
    )
}
