//! What a URL points at, read as the URL standard reads it, so that every spelling of an address is
//! the address.

use std::net::IpAddr;

use url::{Host, Url};

/// Host and port of a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// A name in lower case, without a dot at its end; or an address.
    host: Host<String>,
    port: u16,
}

impl Target {
    /// Of a URL that has a host and a port.
    pub(super) fn of(url: &Url) -> Option<Self> {
        let host = match url.host()? {
            Host::Domain(name) => Host::Domain(plain(name)),
            Host::Ipv4(address) => Host::Ipv4(address),
            Host::Ipv6(address) => Host::Ipv6(address),
        };
        Some(Self { host, port: url.port_or_known_default()? })
    }

    /// The port.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The host where it is an address: nothing has to be resolved then.
    #[must_use]
    pub fn address(&self) -> Option<IpAddr> {
        match self.host {
            Host::Domain(_) => None,
            Host::Ipv4(address) => Some(address.into()),
            Host::Ipv6(address) => Some(address.into()),
        }
    }

    /// The host where it is a name.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        match &self.host {
            Host::Domain(name) => Some(name),
            Host::Ipv4(_) | Host::Ipv6(_) => None,
        }
    }
}

/// A name as it is compared.
pub(super) fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}
