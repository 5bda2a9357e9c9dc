//! The only place where an HTTP client is built.
//!
//! Every call has a purpose, and the purpose says which addresses it may reach. Redirects are
//! answers, not instructions; proxies of the environment are ignored; compression is not offered,
//! so a size on the wire is the size in memory. Bodies are read up to a cap, and a call that is
//! dropped closes its connection.

use std::error::Error as _;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use reqwest::{Client, ClientBuilder, Method, Request, redirect};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::error::Error;
use crate::guard::{Guard, Sealed};

pub use crate::reply::Reply;
// Callers need no HTTP library of their own.
pub use reqwest::{Url, header};

/// How long a call may take and how much it may bring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallLimits {
    /// From the first packet to an open, encrypted connection.
    pub connect: Duration,
    /// Between two pieces of a body. The wait for the head is bounded by `total` alone: a model may
    /// think for long before it says its first word.
    pub idle: Duration,
    /// From connecting to the end of the body.
    pub total: Duration,
    /// Bytes of a body.
    pub body_bytes: usize,
}

impl Default for CallLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            idle: Duration::from_secs(30),
            total: Duration::from_secs(120),
            body_bytes: 8 * 1024 * 1024,
        }
    }
}

/// What a call is for: it decides which addresses the call may reach.
#[derive(Clone, Debug)]
pub enum Purpose {
    /// The one endpoint that the operator names in the environment, whatever its address is.
    Named(Endpoint),
    /// URLs that come from tenants: each call is connected to an address that the egress policy
    /// admitted when the name was resolved for this very call.
    Guarded(Guard),
}

/// Scheme, host and port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    scheme: String,
    host: String,
    port: u16,
}

impl Endpoint {
    /// The endpoint of an `http` or `https` URL; `None` for any other.
    #[must_use]
    pub fn of(url: &Url) -> Option<Self> {
        let scheme = Some(url.scheme()).filter(|scheme| matches!(*scheme, "http" | "https"))?;
        Some(Self {
            scheme: scheme.to_owned(),
            host: url.host_str()?.to_owned(),
            port: url.port_or_known_default()?,
        })
    }

    /// The host, as in the URL.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}", self.scheme, self.host, self.port)
    }
}

/// Why a call did not come to an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The purpose does not cover the address (scheme, host and port), or the egress policy refuses it:
    /// a sentence.
    NotAllowed(String),
    /// No connection: name unknown, refused, or not encrypted as it should be.
    Unreachable(String),
    /// A limit on time was reached.
    TimedOut(String),
    /// The connection broke.
    Interrupted(String),
    /// The body is larger than this many bytes.
    TooLarge(usize),
}

impl Fault {
    /// Whether another attempt may work.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        !matches!(self, Self::NotAllowed(_) | Self::TooLarge(_))
    }

    pub(crate) fn of(error: reqwest::Error) -> Self {
        let timed_out = error.is_timeout();
        let unreachable = error.is_connect();
        let error = error.without_url();
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            text = format!("{text}: {cause}");
            source = cause.source();
        }
        match (timed_out, unreachable) {
            (true, _) => Self::TimedOut(text),
            (_, true) => Self::Unreachable(text),
            _ => Self::Interrupted(text),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAllowed(why) => f.write_str(why),
            Self::Unreachable(why) => write!(f, "no connection: {why}"),
            Self::TimedOut(why) => write!(f, "timed out: {why}"),
            Self::Interrupted(why) => write!(f, "interrupted: {why}"),
            Self::TooLarge(bytes) => write!(f, "the body has more than {bytes} bytes"),
        }
    }
}

/// The way out for one purpose. Clones share the connections.
#[derive(Clone, Debug)]
pub struct Outbound {
    client: Client,
    purpose: Purpose,
    limits: CallLimits,
    tls: ClientConfig,
}

impl Outbound {
    /// The way out for `purpose`.
    ///
    /// # Errors
    /// [`Error::Client`] when the client cannot be built.
    pub fn new(purpose: Purpose, limits: CallLimits) -> Result<Self, Error> {
        let tls = tls()?;
        let client = build(builder(limits, &tls))?;
        Ok(Self { client, purpose, limits, tls })
    }

    /// Asks for `url` and waits for the head of the answer, whatever its status is.
    ///
    /// # Errors
    /// [`Fault`], where there is no answer.
    pub async fn get(&self, url: Url, headers: HeaderMap) -> Result<Reply, Fault> {
        self.send(Request::new(Method::GET, url), headers).await
    }

    /// Posts `body` and waits for the head of the answer, whatever its status is.
    ///
    /// # Errors
    /// [`Fault`], where there is no answer.
    pub async fn post(&self, url: Url, headers: HeaderMap, body: Vec<u8>) -> Result<Reply, Fault> {
        let mut request = Request::new(Method::POST, url);
        *request.body_mut() = Some(body.into());
        self.send(request, headers).await
    }

    async fn send(&self, mut request: Request, headers: HeaderMap) -> Result<Reply, Fault> {
        let client = self.admitted(request.url()).await?;
        *request.headers_mut() = headers;
        let response = client.execute(request).await.map_err(Fault::of)?;
        Ok(Reply { response, limits: self.limits })
    }

    /// What may call the URL.
    async fn admitted(&self, url: &Url) -> Result<Client, Fault> {
        match &self.purpose {
            Purpose::Named(endpoint) if Endpoint::of(url).as_ref() == Some(endpoint) => {
                Ok(self.client.clone())
            }
            Purpose::Named(_) => {
                let target = Endpoint::of(url).map_or_else(String::new, |endpoint| endpoint.to_string());
                Err(Fault::NotAllowed(format!("{target} may not be called")))
            }
            Purpose::Guarded(guard) => {
                let vetted = tokio::time::timeout(self.limits.connect, guard.vet(url)).await;
                let late = |_| Fault::TimedOut("the host's name was not resolved in time".to_owned());
                self.bound_to(url, &vetted.map_err(late)??)
            }
        }
    }

    /// A client for one call, which knows these addresses and cannot resolve anything. Connections are
    /// not kept: the next call resolves and vets anew.
    fn bound_to(&self, url: &Url, addresses: &[SocketAddr]) -> Result<Client, Fault> {
        let host = url.host_str().unwrap_or_default();
        let builder =
            builder(self.limits, &self.tls).dns_resolver(Arc::new(Sealed)).pool_max_idle_per_host(0);
        let client = build(builder.resolve_to_addrs(host, addresses));
        client.map_err(|error| Fault::Unreachable(error.to_string()))
    }
}

fn builder(limits: CallLimits, tls: &ClientConfig) -> ClientBuilder {
    Client::builder()
        .user_agent(concat!("magone/", env!("CARGO_PKG_VERSION")))
        .no_proxy()
        .redirect(redirect::Policy::none())
        .referer(false)
        .connect_timeout(limits.connect)
        .timeout(limits.total)
        .pool_max_idle_per_host(64)
        .tls_backend_preconfigured(tls.clone())
}

fn build(builder: ClientBuilder) -> Result<Client, Error> {
    builder.build().map_err(|error| Error::Client(error.to_string()))
}

/// The machine's own certificates decide whom to trust. Where it has none (a bare container),
/// calls over plain HTTP still work, and encrypted ones fail one by one.
fn tls() -> Result<ClientConfig, Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Client(error.to_string()))?;
    let config = match Verifier::new(provider) {
        Ok(verifier) => builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)),
        Err(error) => {
            tracing::warn!(%error, "no certificate authority is trusted: calls over https will fail");
            builder.with_root_certificates(RootCertStore::empty())
        }
    };
    Ok(config.with_no_client_auth())
}
