//! A caller of the API. One request is one request: nothing is tried again.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Client, Method, Request};
use serde_json::Value;

use super::outside::block_on;
use super::wait::PATIENCE;
use super::{Answer, Stream, conformity, until};

static CLIENT: LazyLock<Client> = LazyLock::new(|| {
    // Asked for even where only plain http is spoken.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
    // A server that was killed leaves dead connections behind.
    client.retry(reqwest::retry::never()).pool_max_idle_per_host(0).build().unwrap()
});

/// A caller.
#[derive(Clone)]
pub struct Api {
    url: String,
    credential: Option<(&'static str, String)>,
    roaming: bool,
}

/// Addresses that requests seemed to come from so far.
static ADDRESSES: AtomicU32 = AtomicU32::new(0);

impl Api {
    /// With a key, or without.
    pub fn new(url: &str, key: Option<&str>) -> Self {
        Self { url: url.to_owned(), credential: key.map(|key| ("x-api-key", key.to_owned())), roaming: false }
    }

    /// With an admin token.
    pub fn with_token(url: &str, token: &str) -> Self {
        Self {
            url: url.to_owned(),
            credential: Some(("authorization", format!("Bearer {token}"))),
            roaming: false,
        }
    }

    /// The same, each request from another address, for a server that believes proxies.
    pub fn anywhere(&self) -> Self {
        Self { roaming: true, ..self.clone() }
    }

    /// The header that lets it in, and its value.
    pub fn credential(&self) -> Option<(&'static str, &str)> {
        self.credential.as_ref().map(|(name, value)| (*name, value.as_str()))
    }

    /// A request to be.
    pub fn call(&self, method: &str, path: &str) -> Call {
        let url = format!("{}{path}", self.url).parse().unwrap();
        let mut request = Request::new(Method::from_bytes(method.as_bytes()).unwrap(), url);
        if let Some((header, value)) = &self.credential {
            request.headers_mut().insert(*header, HeaderValue::from_str(value).unwrap());
        }
        if self.roaming {
            let [_, a, b, c] = ADDRESSES.fetch_add(1, Ordering::SeqCst).to_be_bytes();
            let address = HeaderValue::from_str(&format!("10.{a}.{b}.{c}")).unwrap();
            request.headers_mut().insert("x-forwarded-for", address);
        }
        Call { request }
    }

    /// `GET`.
    pub fn get(&self, path: &str) -> Answer {
        self.call("GET", path).send()
    }

    /// `GET`, where it is no fault that nobody answers.
    pub fn try_get(&self, path: &str) -> Option<Answer> {
        block_on(self.call("GET", path).try_send()).ok()
    }

    /// `POST` with JSON.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.call("POST", path).json(body).send()
    }

    /// Runs a workflow and waits for its end.
    pub fn execute(&self, slug: &str, body: &Value) -> Answer {
        self.post(&format!("/api/v1/external/execute/{slug}"), body)
    }

    /// Starts a workflow; the run's id.
    pub fn start(&self, slug: &str, body: &Value) -> String {
        let answer = self.post(&format!("/api/v1/external/execute/{slug}/async"), body);
        answer.expect(202).json()["execution_id"].as_str().unwrap().to_owned()
    }

    /// The projection of a run.
    pub fn execution(&self, id: &str) -> Value {
        self.get(&format!("/api/v1/external/executions/{id}")).expect(200).json()
    }

    /// The projection of a run that ended, once it did.
    pub fn ended(&self, id: &str) -> Value {
        until(&format!("{id} ends"), || {
            let view = self.execution(id);
            matches!(view["status"].as_str(), Some("completed" | "failed")).then_some(view)
        })
    }

    /// Asks for cancellation.
    pub fn cancel(&self, id: &str) -> Answer {
        self.call("POST", &format!("/api/v1/external/executions/{id}/cancel")).send()
    }

    /// All events of a run so far.
    pub fn log(&self, id: &str) -> Vec<Value> {
        let path = format!("/api/v1/external/executions/{id}/events?limit=1000");
        let page = self.call("GET", &path).header("accept", "application/json").send().expect(200).json();
        page["events"].as_array().unwrap().clone()
    }

    /// Opens a stream of events.
    pub fn stream(&self, path: &str, headers: &[(&str, &str)]) -> Stream {
        let call = self.call("GET", path).header("accept", "text/event-stream");
        let call = headers.iter().fold(call, |call, (name, value)| call.header(name, value));
        Stream::open(call)
    }

    /// Opens a stream by a call that starts something.
    pub fn post_stream(&self, path: &str, body: &Value, headers: &[(&str, &str)]) -> Stream {
        let call = self.call("POST", path).json(body);
        let call = headers.iter().fold(call, |call, (name, value)| call.header(name, value));
        Stream::open(call)
    }
}

/// A request to be.
pub struct Call {
    request: Request,
}

impl Call {
    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        self.request.headers_mut().append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        self
    }

    /// With a JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// With any body.
    pub fn body(mut self, media_type: &str, body: impl Into<Vec<u8>>) -> Self {
        *self.request.body_mut() = Some(body.into().into());
        self.header("content-type", media_type)
    }

    /// With a body that nobody says the type of.
    pub fn untyped(mut self, body: &str) -> Self {
        *self.request.body_mut() = Some(body.to_owned().into());
        self
    }

    /// Sends it and reads the whole answer.
    pub fn send(self) -> Answer {
        let what = format!("{} {}", self.request.method(), self.request.url().path());
        block_on(self.try_send()).unwrap_or_else(|error| panic!("no answer to {what}: {error:?}"))
    }

    /// The same from inside the runtime, where it is no fault that nobody answers.
    pub async fn try_send(self) -> Result<Answer, reqwest::Error> {
        let (method, path) = (self.request.method().to_string(), self.request.url().path().to_owned());
        let answered = async {
            let response = CLIENT.execute(self.request).await?;
            let (status, headers) = (response.status().as_u16(), response.headers().clone());
            Ok(Answer { status, headers, text: response.text().await? })
        };
        let answer = tokio::time::timeout(PATIENCE, answered).await.expect("an answer comes in time")?;
        conformity::check(&method, &path, &answer);
        Ok(answer)
    }

    /// Sends it and leaves the body for later.
    pub(super) async fn open(self) -> reqwest::Response {
        CLIENT.execute(self.request).await.expect("the stream opens")
    }
}
