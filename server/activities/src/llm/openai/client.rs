//! The provider itself.

use std::sync::Arc;
use std::time::Duration;

use magone_core::ports::BoxFuture;
use reqwest::Url;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use super::{OpenAiSettings, answer, redaction, refusal, request};
use crate::error::Error;
use crate::http::{Outbound, Purpose};
use crate::llm::{Answer, LlmProvider, Request};

/// A provider that asks for more than this is as good as down: the step's own pauses apply then.
const LONGEST_WAIT: Duration = Duration::from_secs(3_600);
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// A server that speaks OpenAI's chat completions.
#[derive(Clone)]
pub struct OpenAi {
    inner: Arc<Inner>,
}

struct Inner {
    outbound: Outbound,
    url: Url,
    is_openai: bool,
    key: Option<String>,
    bearer: Option<HeaderValue>,
}

impl OpenAi {
    /// The provider that these settings name.
    ///
    /// # Errors
    /// [`Error::Setting`] with the variable and its mend, [`Error::Client`] when no HTTP client can
    /// be built.
    pub fn new(settings: OpenAiSettings) -> Result<Self, Error> {
        let (endpoint, url) = settings.target()?;
        let is_openai = OpenAiSettings::is_openai(&endpoint);
        let outbound = Outbound::new(Purpose::Named(endpoint), settings.limits)?;
        let bearer = settings.api_key.as_deref().map(bearer).transpose()?;
        let inner = Inner { outbound, url, is_openai, key: settings.api_key, bearer };
        Ok(Self { inner: Arc::new(inner) })
    }
}

impl LlmProvider for OpenAi {
    fn complete(&self, request: Request) -> BoxFuture<'static, Result<Answer, Error>> {
        let inner = Arc::clone(&self.inner);
        Box::pin(async move { inner.complete(request).await })
    }
}

impl Inner {
    async fn complete(&self, request: Request) -> Result<Answer, Error> {
        let (question, names) = request::question(&request, self.is_openai);
        let body = serde_json::to_vec(&question)
            .map_err(|error| Error::Rejected(format!("the request is no JSON: {error}")))?;
        let headers = self.headers(&request.idempotency_key);
        let reply = self.outbound.post(self.url.clone(), headers, body).await?;
        let status = reply.status();
        if !(200..300).contains(&status) {
            let wait = reply.retry_after_ms(LONGEST_WAIT);
            let body = reply.beginning(redaction::EXCERPT_BYTES).await;
            return Err(refusal::classify(status, wait, &body, self.key.as_deref()));
        }
        let body = reply.body().await?;
        answer::read(&body, &names, &request.model).map_err(|error| match error {
            Error::Rubbish(why) => {
                let excerpt = redaction::excerpt(&body, self.key.as_deref());
                let why = redaction::excerpt(why.as_bytes(), self.key.as_deref());
                Error::Rubbish(format!("{why}; the provider answered {status}: {excerpt}"))
            }
            error => error,
        })
    }

    fn headers(&self, idempotency_key: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        // A key that no header can carry is left out: it only spares the provider double work.
        if let Ok(key) = HeaderValue::from_str(idempotency_key) {
            headers.insert(IDEMPOTENCY_KEY, key);
        }
        if let Some(bearer) = &self.bearer {
            headers.insert(AUTHORIZATION, bearer.clone());
        }
        headers
    }
}

fn bearer(key: &str) -> Result<HeaderValue, Error> {
    let mut value = HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| Error::Setting {
        name: "OPENAI_API_KEY",
        mend: "must be the key alone, on one line and without control characters".to_owned(),
    })?;
    value.set_sensitive(true);
    Ok(value)
}
