//! The only place where an HTTP client is built.
//!
//! Every call has a purpose, and the purpose says which addresses it may reach. Redirects are
//! answers, not instructions; proxies of the environment are ignored; compression is not offered,
//! so a size on the wire is the size in memory. Bodies are read up to a cap, and a call that is
//! dropped closes its connection.

use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, Request, Response, redirect};
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::error::Error;
use crate::retry_after;

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
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The one endpoint that the operator names in the environment, whatever its address is.
    Named(Endpoint),
}

impl Purpose {
    /// The egress policy. Purposes whose addresses come from tenants belong here, beside a resolver
    /// of the client that refuses forbidden addresses at each connect.
    fn admits(&self, url: &Url) -> bool {
        match self {
            Self::Named(endpoint) => Endpoint::of(url).as_ref() == Some(endpoint),
        }
    }
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
    /// The purpose does not cover the address (scheme, host and port).
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

    fn of(error: reqwest::Error) -> Self {
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
            Self::NotAllowed(target) => write!(f, "{target} may not be called"),
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
}

impl Outbound {
    /// The way out for `purpose`.
    ///
    /// # Errors
    /// [`Error::Client`] when the client cannot be built.
    pub fn new(purpose: Purpose, limits: CallLimits) -> Result<Self, Error> {
        let client = Client::builder()
            .user_agent(concat!("magone/", env!("CARGO_PKG_VERSION")))
            .no_proxy()
            .redirect(redirect::Policy::none())
            .referer(false)
            .connect_timeout(limits.connect)
            .timeout(limits.total)
            .pool_max_idle_per_host(64)
            .tls_backend_preconfigured(tls()?)
            .build()
            .map_err(|error| Error::Client(error.to_string()))?;
        Ok(Self { client, purpose, limits })
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
        if !self.purpose.admits(request.url()) {
            let target = Endpoint::of(request.url());
            return Err(Fault::NotAllowed(target.map_or_else(String::new, |e| e.to_string())));
        }
        *request.headers_mut() = headers;
        let response = self.client.execute(request).await.map_err(Fault::of)?;
        Ok(Reply { response, limits: self.limits })
    }
}

/// An answer whose body is still to be read.
#[derive(Debug)]
pub struct Reply {
    response: Response,
    limits: CallLimits,
}

impl Reply {
    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The milliseconds that `Retry-After` asks to wait, at most an hour.
    #[must_use]
    pub fn retry_after_ms(&self) -> Option<u64> {
        retry_after::millis(self.response.headers(), SystemTime::now())
    }

    /// The whole body.
    ///
    /// # Errors
    /// [`Fault::TooLarge`] as soon as the cap is passed (what follows is not read), else why the
    /// body did not arrive.
    pub async fn body(mut self) -> Result<Vec<u8>, Fault> {
        let cap = self.limits.body_bytes;
        let announced = self.response.content_length().unwrap_or(0);
        if usize::try_from(announced).unwrap_or(usize::MAX) > cap {
            return Err(Fault::TooLarge(cap));
        }
        let mut body = Vec::new();
        while let Some(piece) = self.piece().await? {
            if body.len().saturating_add(piece.len()) > cap {
                return Err(Fault::TooLarge(cap));
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }

    /// The beginning of the body, at least `bytes` of it where there are so many; what could be
    /// read where reading failed. For reports about an answer that is an error anyway.
    pub async fn beginning(mut self, bytes: usize) -> Vec<u8> {
        let mut body = Vec::new();
        while body.len() < bytes {
            match self.piece().await {
                Ok(Some(piece)) => body.extend_from_slice(&piece),
                Ok(None) | Err(_) => break,
            }
        }
        body
    }

    /// The next piece of the body; `None` at its end. The cap on the body's size is for whoever
    /// collects pieces.
    ///
    /// # Errors
    /// [`Fault`], where the body does not go on.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, Fault> {
        let piece = tokio::time::timeout(self.limits.idle, self.response.chunk());
        piece.await.map_err(|_| Fault::TimedOut("no byte of the body arrived".to_owned()))?.map_err(Fault::of)
    }
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
