//! The policy itself.

use std::net::IpAddr;

use url::Url;

use super::address::kind_of_refused;
use super::allow::Opening;
use super::target::Target;

/// Characters that a URL may have.
const URL_CHARS: usize = 2_048;
/// The only port below 1024 that needs no opening.
const HTTPS: u16 = 443;
/// Ports above that speak something else, which a request could be mistaken for (the Fetch standard's
/// list).
const OTHER_PROTOCOLS: [u16; 20] = [
    1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679,
    6697, 10080, 11211,
];
/// Ends of names that only local networks know.
const LOCAL_NAMES: [&str; 10] = [
    "localhost",
    "localdomain",
    "local",
    "internal",
    "intranet",
    "private",
    "corp",
    "home",
    "lan",
    "home.arpa",
];

/// Why a call is not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The text is no URL that could be called at all.
    #[error("{0}")]
    NoUrl(&'static str),
    /// The policy refuses the place. A sentence without the resolved address: who asks may not use
    /// us to learn the names of our network.
    #[error("{0}")]
    Denied(String),
}

/// Where calls for tenants may go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Egress {
    openings: Vec<Opening>,
}

impl Egress {
    /// The policy with what `list` opens: entries `host-or-cidr[:port]` with commas between them.
    /// What an entry names may be reached although the policy refuses it, over plain http as well.
    ///
    /// # Errors
    /// The rest of a sentence that begins with the setting's name.
    pub fn opened(list: &str) -> Result<Self, String> {
        let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        Ok(Self { openings: entries.map(Opening::parse).collect::<Result<_, _>>()? })
    }

    /// Judges a URL before anything is resolved.
    ///
    /// # Errors
    /// [`Refusal`], whose text is a sentence for whoever named the URL.
    pub fn judge(&self, text: &str) -> Result<Target, Refusal> {
        let url = read(text)?;
        let target = Target::of(&url).ok_or(Refusal::NoUrl(NO_URL))?;
        if self.openings.iter().any(|opening| opening.names(&target)) {
            return Ok(target);
        }
        if url.scheme() != "https" {
            return Err(denied("the URL has to begin with https://"));
        }
        if let Some(why) = refused_port(target.port()).or_else(|| refused_host(&target)) {
            return Err(denied(&why));
        }
        Ok(target)
    }

    /// Judges an address that the target's name resolved to, or that the target is.
    ///
    /// # Errors
    /// [`Refusal::Denied`].
    pub fn admit(&self, target: &Target, address: IpAddr) -> Result<(), Refusal> {
        let address = address.to_canonical();
        let opened = |opening: &Opening| opening.names(target) || opening.opens(address, target.port());
        match kind_of_refused(address) {
            Some(_) if !self.openings.iter().any(opened) => {
                Err(denied("the host's address is not a public one"))
            }
            _ => Ok(()),
        }
    }
}

const NO_URL: &str = "has to be an absolute http or https URL without credentials";

/// Whether a text is a URL that could be called at all: absolute, http or https, without credentials.
#[must_use]
pub fn is_url(text: &str) -> bool {
    read(text).is_ok()
}

fn read(text: &str) -> Result<Url, Refusal> {
    // Parsers pass over some of these, and do not agree about which.
    let odd = text.chars().any(|c| c.is_control() || c.is_whitespace() || c == '\\');
    if odd || text.chars().count() > URL_CHARS {
        return Err(Refusal::NoUrl(NO_URL));
    }
    let url = Url::parse(text).map_err(|_| Refusal::NoUrl(NO_URL))?;
    let plain = matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none();
    if plain { Ok(url) } else { Err(Refusal::NoUrl(NO_URL)) }
}

fn refused_port(port: u16) -> Option<String> {
    let sensible = port == HTTPS || (port >= 1024 && !OTHER_PROTOCOLS.contains(&port));
    (!sensible).then(|| format!("port {port} is none for webhooks"))
}

fn refused_host(target: &Target) -> Option<String> {
    if let Some(kind) = target.address().and_then(kind_of_refused) {
        return Some(format!("the host is {kind}"));
    }
    let name = target.name()?;
    let local = |end: &str| name.strip_suffix(end).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    let unknown_outside = !name.contains('.') || LOCAL_NAMES.iter().any(|end| local(end));
    unknown_outside.then(|| "the host is a name of local networks".to_owned())
}

fn denied(why: &str) -> Refusal {
    Refusal::Denied(format!("This server does not call that address: {why}"))
}
