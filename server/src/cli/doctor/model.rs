//! The model provider: asks for its list of models, which costs nothing.

use std::time::Duration;

use magone_activities::http::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use magone_activities::http::{CallLimits, Endpoint, Outbound, Purpose, Url};
use magone_activities::llm::openai::OpenAiSettings;
use magone_activities::{RealActivities, Settings};

use super::finding::Finding;
use crate::cli::remote;
use crate::config::Config;

const CHECK: &str = "openai";
const BASE_URL: &str = "https://api.openai.com/v1";
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether models named `openai/…` can be reached with the key that is set.
pub(super) async fn check(config: &Config) -> Finding {
    let Some(settings) = config.models.openai.clone() else {
        let detail = "not set up: agents can use scripted models only; set OPENAI_API_KEY (or OPENAI_BASE_URL) for others";
        return Finding::ok(CHECK, detail);
    };
    // The same check that a start makes.
    let made = RealActivities::new(Settings { openai: Some(settings.clone()), model_override: None });
    if let Err(error) = made {
        return Finding::problem(CHECK, error.to_string());
    }
    let base = settings.base_url.clone().unwrap_or_else(|| BASE_URL.to_owned());
    match ask(&settings, &base).await {
        Ok(status) => judge(status, &base, settings.api_key.is_some()),
        Err(why) => {
            Finding::problem(CHECK, format!("{base} cannot be reached ({why}); correct OPENAI_BASE_URL"))
        }
    }
}

fn judge(status: u16, base: &str, with_key: bool) -> Finding {
    match status {
        200..=299 => Finding::ok(CHECK, format!("{base} answers and lists its models")),
        401 | 403 if with_key => Finding::problem(
            CHECK,
            format!("{base} refuses the key (HTTP {status}); set OPENAI_API_KEY to one that it knows"),
        ),
        401 | 403 => {
            Finding::problem(CHECK, format!("{base} wants a key (HTTP {status}); set OPENAI_API_KEY"))
        }
        404 | 405 => Finding::ok(CHECK, format!("{base} answers; it has no list of models (HTTP {status})")),
        429 => Finding::ok(CHECK, format!("{base} answers, and takes no more requests for now (HTTP 429)")),
        _ => Finding::problem(
            CHECK,
            format!("{base} answers HTTP {status}; look at that server, or correct OPENAI_BASE_URL"),
        ),
    }
}

async fn ask(settings: &OpenAiSettings, base: &str) -> Result<u16, String> {
    let mut url = Url::parse(base).map_err(|error| error.to_string())?;
    url.set_path(&format!("{}/models", url.path().trim_end_matches('/')));
    let endpoint = Endpoint::of(&url).ok_or("neither http nor https")?;
    let limits = CallLimits { connect: PATIENCE, idle: PATIENCE, total: PATIENCE, ..CallLimits::default() };
    let outbound = Outbound::new(Purpose::Named(endpoint), limits).map_err(|error| error.to_string())?;
    let mut headers = HeaderMap::new();
    if let Some(key) = &settings.api_key {
        let mut bearer =
            HeaderValue::from_str(&format!("Bearer {key}")).map_err(|error| error.to_string())?;
        bearer.set_sensitive(true);
        headers.insert(AUTHORIZATION, bearer);
    }
    let reply =
        outbound.get(url, headers).await.map_err(|fault| remote::cause(&fault.to_string()).to_owned())?;
    Ok(reply.status())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_provider_says_is_judged() {
        for (status, with_key, ok, telling) in [
            (200, true, true, "lists its models"),
            (401, true, false, "refuses the key"),
            (403, false, false, "wants a key"),
            (404, true, true, "no list of models"),
            (429, true, true, "takes no more requests"),
            (502, true, false, "OPENAI_BASE_URL"),
            (302, true, false, "OPENAI_BASE_URL"),
        ] {
            let finding = judge(status, "http://h/v1", with_key);
            assert!(finding.ok == ok && finding.detail.contains(telling), "{status}: {finding:?}");
        }
    }
}
