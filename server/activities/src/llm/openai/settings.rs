//! Where the provider is, and the key to it.

use std::fmt;

use reqwest::Url;

use crate::error::Error;
use crate::http::{CallLimits, Endpoint};

/// OpenAI's own server.
const DEFAULT_BASE_URL: &str = "https://api.openai.com/v1";
const BASE_URL: &str = "OPENAI_BASE_URL";

/// Settings of the OpenAI-compatible provider.
#[derive(Clone, PartialEq, Eq)]
pub struct OpenAiSettings {
    /// `OPENAI_BASE_URL`: `http` or `https`, without user, query and fragment; `None`: OpenAI itself.
    pub base_url: Option<String>,
    /// `OPENAI_API_KEY`: sent as a bearer token; `None`: no token is sent.
    pub api_key: Option<String>,
    /// Bounds of one call.
    pub limits: CallLimits,
}

impl OpenAiSettings {
    /// From the two variables; `None` when neither is set.
    #[must_use]
    pub fn from_parts(base_url: Option<String>, api_key: Option<String>) -> Option<Self> {
        (base_url.is_some() || api_key.is_some()).then(|| Self {
            base_url,
            api_key,
            limits: CallLimits::default(),
        })
    }

    /// The endpoint and the URL of the completions.
    pub(super) fn target(&self) -> Result<(Endpoint, Url), Error> {
        let mend = |mend: &str| Error::Setting { name: BASE_URL, mend: mend.to_owned() };
        let text = self.base_url.as_deref().unwrap_or(DEFAULT_BASE_URL);
        let mut url =
            Url::parse(text).map_err(|_| mend("must be a URL such as https://api.openai.com/v1"))?;
        let endpoint = Endpoint::of(&url).ok_or_else(|| mend("must begin with http:// or https://"))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(mend("must not carry a user or a password: the key belongs into OPENAI_API_KEY"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(mend("must not carry a query or a fragment"));
        }
        url.set_path(&format!("{}/chat/completions", url.path().trim_end_matches('/')));
        Ok((endpoint, url))
    }

    /// Whether OpenAI itself is asked.
    pub(super) fn is_openai(endpoint: &Endpoint) -> bool {
        endpoint.host() == "api.openai.com"
    }
}

impl fmt::Debug for OpenAiSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenAiSettings").field("limits", &self.limits).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(base_url: Option<&str>) -> OpenAiSettings {
        OpenAiSettings {
            base_url: base_url.map(str::to_owned),
            api_key: Some("sk-a-very-secret-key".to_owned()),
            limits: CallLimits::default(),
        }
    }

    #[test]
    fn the_completions_are_below_the_base() {
        for (base, expected) in [
            (None, "https://api.openai.com/v1/chat/completions"),
            (Some("http://127.0.0.1:4000"), "http://127.0.0.1:4000/chat/completions"),
            (Some("http://127.0.0.1:4000/"), "http://127.0.0.1:4000/chat/completions"),
            (Some("https://host/a/v1/"), "https://host/a/v1/chat/completions"),
        ] {
            let (endpoint, url) = settings(base).target().unwrap();
            assert_eq!(url.as_str(), expected);
            assert_eq!(OpenAiSettings::is_openai(&endpoint), base.is_none());
        }
    }

    #[test]
    fn a_base_that_is_no_good_is_named_with_its_mend_and_never_repeated() {
        for base in
            ["", "localhost:4000", "ftp://h", "http://u:pw@h", "http://u@h", "https://h?k=pw", "https://h#pw"]
        {
            let error = settings(Some(base)).target().unwrap_err().to_string();
            assert!(error.starts_with("OPENAI_BASE_URL must"), "{error}");
            assert!(!error.contains("pw"), "{error}");
        }
    }

    #[test]
    fn debug_shows_no_key() {
        let shown = format!("{:?}", settings(Some("http://host-of-somebody")));
        assert!(!shown.contains("secret") && !shown.contains("somebody"), "{shown}");
    }

    #[test]
    fn nothing_set_is_no_provider() {
        assert_eq!(OpenAiSettings::from_parts(None, None), None);
        assert!(OpenAiSettings::from_parts(Some("http://h".to_owned()), None).is_some());
        assert!(OpenAiSettings::from_parts(None, Some("k".to_owned())).is_some());
    }
}
