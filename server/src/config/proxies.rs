//! Who stands between us and our callers.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;
use ipnet::IpNet;

use super::setting::{ConfigError, Environment, Shown};

const NAME: &str = "MAGONE_TRUSTED_PROXIES";
const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Proxies whose `X-Forwarded-For` counts (`MAGONE_TRUSTED_PROXIES`: blocks of addresses, or single
/// ones, between commas).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Vec<IpNet>);

impl Proxies {
    pub(super) fn read(env: &Environment) -> Result<Self, ConfigError> {
        let text = env.text(NAME)?.unwrap_or_default();
        Self::parse(&text).map_err(|wrong| {
            let why =
                format!("has '{wrong}'; use blocks of addresses such as 10.0.0.0/8, with commas between");
            ConfigError::new(NAME, why)
        })
    }

    fn parse(text: &str) -> Result<Self, String> {
        let blocks = text.split(',').map(str::trim).filter(|block| !block.is_empty());
        let read = |block: &str| {
            let single = || block.parse::<IpAddr>().ok().map(IpNet::from);
            block.parse().ok().or_else(single).ok_or_else(|| block.to_owned())
        };
        blocks.map(read).collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn shown(&self, env: &Environment) -> Vec<Shown> {
        let blocks: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        vec![env.shown(NAME, blocks.join(","))]
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|block| block.contains(&address))
    }

    /// Who sent a request: the nearest address that is no proxy of ours. What somebody further away
    /// claims in the header is not believed.
    #[must_use]
    pub fn client(&self, request: &HttpRequest) -> Option<IpAddr> {
        let peer = request.peer_addr().map(|peer| peer.ip())?;
        let lines = request.headers().get_all(X_FORWARDED_FOR).filter_map(|value| value.to_str().ok());
        let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
        let mut nearest = peer;
        for hop in hops.iter().rev() {
            if !self.trusts(nearest) {
                break;
            }
            match address(hop) {
                Some(hop) => nearest = hop,
                None => break,
            }
        }
        Some(nearest)
    }
}

/// An address as proxies write it: also with a port.
fn address(hop: &str) -> Option<IpAddr> {
    let bare = || hop.trim_matches(['[', ']']).parse().ok();
    bare().or_else(|| hop.parse::<std::net::SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn client(proxies: &str, peer: &str, forwarded: &[&str]) -> String {
        let mut request = TestRequest::default().peer_addr(peer.parse().unwrap());
        for line in forwarded {
            request = request.append_header((X_FORWARDED_FOR, *line));
        }
        Proxies::parse(proxies).unwrap().client(&request.to_http_request()).unwrap().to_string()
    }

    #[test]
    fn only_proxies_of_ours_are_believed() {
        let ours = "10.0.0.0/8, 192.0.2.1, 2001:db8::/32";
        assert_eq!(client("", "10.0.0.1:9", &["203.0.113.5"]), "10.0.0.1");
        assert_eq!(client(ours, "198.51.100.1:9", &["203.0.113.5"]), "198.51.100.1");
        assert_eq!(client(ours, "10.0.0.1:9", &["203.0.113.5"]), "203.0.113.5");
        assert_eq!(client(ours, "10.0.0.1:9", &["1.1.1.1, 203.0.113.5, 192.0.2.1"]), "203.0.113.5");
        assert_eq!(client(ours, "10.0.0.1:9", &["1.1.1.1", "203.0.113.5:4711"]), "203.0.113.5");
        assert_eq!(client(ours, "[2001:db8::1]:9", &["[2001:db9::7]"]), "2001:db9::7");
        assert_eq!(client(ours, "10.0.0.1:9", &["nonsense"]), "10.0.0.1");
        assert_eq!(client(ours, "[::ffff:10.0.0.1]:9", &["203.0.113.5"]), "203.0.113.5");
    }

    #[test]
    fn blocks_are_read_or_named() {
        assert_eq!(Proxies::parse(""), Ok(Proxies::default()));
        assert_eq!(Proxies::parse("10.0.0.0/8,proxy"), Err("proxy".to_owned()));
        assert!(Proxies::parse("10.0.0.0/33").is_err());
    }
}
