//! One server: where it is, the key to it, and the calls that commands make.

use std::time::Duration;

use clap::Args;
use magone_activities::http::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use magone_activities::http::{CallLimits, Endpoint, Outbound, Purpose, Reply, Url};
use serde_json::Value;

use super::Refusal;
use crate::cli::exit::Exit;
use crate::cli::failure::Failure;
use crate::config::Environment;

/// The server where nobody names one.
pub(in crate::cli) const DEFAULT_URL: &str = "http://127.0.0.1:8000";
/// Between two pieces of a stream: the server says something at least every 15 seconds.
const SILENCE: Duration = Duration::from_secs(45);
/// A stream ends with its run, and a run after a year at most.
const STREAM: Duration = Duration::from_secs(366 * 86_400);
const API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
const API: [&str; 3] = ["api", "v1", "external"];

/// Which server is meant.
#[derive(Debug, Args)]
pub(in crate::cli) struct ServerArguments {
    /// URL of the server; default: http://127.0.0.1:8000
    #[arg(long, env = "MAGONE_URL", hide_env_values = true, value_name = "URL")]
    pub url: Option<String>,
}

/// A server.
#[derive(Debug)]
pub(in crate::cli) struct Client {
    calls: Outbound,
    streams: Outbound,
    base: Url,
    key: Option<HeaderValue>,
}

/// What opening a stream comes to.
#[derive(Debug)]
pub(in crate::cli) enum Opened {
    /// Frames follow.
    Stream(Reply),
    /// Everything was read before.
    Ended,
}

impl Client {
    /// The server that flag or environment name, without a key.
    pub fn open(arguments: &ServerArguments, env: &Environment) -> Result<Self, Failure> {
        let text = match &arguments.url {
            Some(url) => Some(url.clone()).filter(|url| !url.trim().is_empty()),
            None => env.text("MAGONE_URL")?,
        };
        let base = base(text.as_deref().unwrap_or(DEFAULT_URL).trim())?;
        let endpoint = Endpoint::of(&base).ok_or_else(|| no_url(base.as_str()))?;
        let limits = CallLimits { total: Duration::from_secs(30), ..CallLimits::default() };
        let patient = CallLimits { idle: SILENCE, total: STREAM, ..limits };
        let outbound = |limits| {
            Outbound::new(Purpose::Named(endpoint.clone()), limits)
                .map_err(|error| Failure::failed(error.to_string()))
        };
        Ok(Self { calls: outbound(limits)?, streams: outbound(patient)?, base, key: None })
    }

    /// The same with the tenant's key of the environment.
    pub fn with_key(arguments: &ServerArguments, env: &Environment) -> Result<Self, Failure> {
        let client = Self::open(arguments, env)?;
        let auth = |sentence: &str| Failure::new(Exit::Auth, sentence);
        let key = env.text("MAGONE_API_KEY")?.ok_or_else(|| {
            auth(
                "MAGONE_API_KEY is not set; set it to a key of the tenant (`magone tenant create` prints one, \
                 `magone serve --demo` another)",
            )
        })?;
        let mut key = HeaderValue::from_str(&key)
            .map_err(|_| auth("MAGONE_API_KEY holds characters that no key has; copy the key again"))?;
        key.set_sensitive(true);
        Ok(Self { key: Some(key), ..client })
    }

    /// The server's URL, as messages name it.
    pub fn url(&self) -> &str {
        self.base.as_str().trim_end_matches('/')
    }

    /// Asks for a document of the external API.
    pub async fn get(&self, path: &[&str]) -> Result<Value, Refusal> {
        self.get_at(&[&API[..], path].concat()).await
    }

    /// The same with a query.
    pub async fn get_with(&self, path: &[&str], query: &[(&str, String)]) -> Result<Value, Refusal> {
        let mut url = self.at(&[&API[..], path].concat());
        url.query_pairs_mut().extend_pairs(query);
        self.read(url).await
    }

    /// Asks for a document at a path of its own.
    pub async fn get_at(&self, path: &[&str]) -> Result<Value, Refusal> {
        self.read(self.at(path)).await
    }

    async fn read(&self, url: Url) -> Result<Value, Refusal> {
        let reply = self.calls.get(url, self.headers()).await;
        self.document(reply.map_err(|fault| self.fault(&fault))?).await
    }

    /// Posts a document to the external API.
    pub async fn post(&self, path: &[&str], body: &Value) -> Result<Value, Refusal> {
        let mut headers = self.headers();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let url = self.at(&[&API[..], path].concat());
        let reply = self.calls.post(url, headers, body.to_string().into_bytes()).await;
        self.document(reply.map_err(|fault| self.fault(&fault))?).await
    }

    /// Opens a run's stream of events behind `after`.
    pub async fn stream(&self, execution: &str, after: u64) -> Result<Opened, Refusal> {
        let mut headers = self.headers();
        headers.insert(ACCEPT, HeaderValue::from_static("text/event-stream"));
        headers.insert(LAST_EVENT_ID, HeaderValue::from(after));
        let url = self.at(&[&API[..], &["executions", execution, "events"]].concat());
        let reply = self.streams.get(url, headers).await.map_err(|fault| self.fault(&fault))?;
        match reply.status() {
            200 => Ok(Opened::Stream(reply)),
            204 => Ok(Opened::Ended),
            status => Err(Refusal::of_answer(self.url(), status, &reply.body().await.unwrap_or_default())),
        }
    }

    /// A stream that broke.
    pub fn fault(&self, fault: &magone_activities::http::Fault) -> Refusal {
        Refusal::of_fault(self.url(), fault)
    }

    async fn document(&self, reply: Reply) -> Result<Value, Refusal> {
        let status = reply.status();
        let body = reply.body().await.map_err(|fault| self.fault(&fault))?;
        if !(200..300).contains(&status) {
            return Err(Refusal::of_answer(self.url(), status, &body));
        }
        let strange = |_| Refusal::Strange { url: self.url().to_owned(), status };
        serde_json::from_slice(&body).map_err(strange)
    }

    fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        if let Some(key) = &self.key {
            headers.insert(API_KEY, key.clone());
        }
        headers
    }

    /// Whatever somebody typed stays inside its segment of the path.
    fn at(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }
}

fn base(text: &str) -> Result<Url, Failure> {
    let url = Url::parse(text).map_err(|_| no_url(text))?;
    let plain = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    if Endpoint::of(&url).is_none() || !plain {
        return Err(no_url(text));
    }
    Ok(url)
}

fn no_url(text: &str) -> Failure {
    // A password may stand in it.
    let shown = if text.contains('@') { "no such URL".to_owned() } else { format!("'{text}'") };
    Failure::usage(format!(
        "MAGONE_URL (--url) is {shown}; use the server's http or https URL, such as {DEFAULT_URL}"
    ))
}

#[cfg(test)]
#[path = "client_test.rs"]
mod tests;
