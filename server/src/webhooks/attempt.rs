//! One attempt at a delivery.

use std::time::{Duration, Instant};

use magone_activities::http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use magone_activities::http::{CallLimits, Outbound, Reply, Url};
use magone_core::time::Timestamp;
use magone_core::webhook::{self, Outcome};
use magone_service::Services;
use magone_store::{AttemptRow, Claimed, Settlement};

use crate::{clock, metrics};

/// From resolving the name to the last byte that is read of the answer.
const TOTAL: Duration = Duration::from_secs(15);
/// Bytes of an answer that are kept.
const EXCERPT: usize = 4_096;
/// A receiver may ask to be left alone for this long.
const LONGEST_WAIT: Duration = Duration::from_secs(86_400);

/// What a call to a receiver may take.
pub(super) fn limits() -> CallLimits {
    CallLimits { connect: Duration::from_secs(5), idle: TOTAL, total: TOTAL, body_bytes: EXCERPT }
}

/// What came of an attempt.
struct Answer {
    status: Option<u16>,
    retry_after_ms: Option<u64>,
    response: Option<String>,
    error: Option<String>,
}

/// Posts a delivery once.
pub(super) async fn attempt(services: &Services, outbound: &Outbound, claimed: Claimed) -> Settlement {
    let (at, started) = (clock::now(), Instant::now());
    let answer = post(services, outbound, &claimed, at).await;
    metrics::webhook_attempted(answer.outcome());
    let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let tries = claimed.tries.saturating_add(1);
    let outcome = match answer.status {
        Some(status) => Outcome::Answered { status, retry_after_ms: answer.retry_after_ms },
        None => Outcome::Broken,
    };
    let ended = at.plus_millis(duration_ms);
    tracing::debug!(
        delivery.id = %claimed.id,
        tenant.id = %claimed.tenant_id,
        http.status = answer.status,
        duration_ms,
        "webhook posted"
    );
    Settlement {
        verdict: webhook::judge(outcome, tries, ended, jitter()),
        attempt: AttemptRow {
            number: claimed.attempts.saturating_add(1),
            at,
            duration_ms,
            status: answer.status,
            response: answer.response,
            error: answer.error,
        },
        id: claimed.id,
        endpoint_id: claimed.endpoint_id,
        execution_id: claimed.execution_id,
        tries,
        at: ended,
    }
}

async fn post(services: &Services, outbound: &Outbound, claimed: &Claimed, at: Timestamp) -> Answer {
    let signature = match services.webhook_signature(claimed, at).await {
        Ok(signature) => signature,
        Err(error) => {
            tracing::warn!(delivery.id = %claimed.id, %error, internal = error.internal(), "webhook is not signed");
            return Answer::none("the server could not sign it");
        }
    };
    let (Ok(url), Some(headers)) = (Url::parse(&claimed.url), headers(claimed, at, &signature)) else {
        return Answer::none("the URL is none");
    };
    let started = Instant::now();
    let body = claimed.payload.clone().into_bytes();
    match tokio::time::timeout(TOTAL, outbound.post(url, headers, body)).await {
        Err(_) => Answer::none("timed out: there was no answer within 15 seconds"),
        Ok(Err(fault)) => Answer::none(&fault.to_string()),
        Ok(Ok(reply)) => read(reply, TOTAL.saturating_sub(started.elapsed())).await,
    }
}

/// The status counts as soon as it is there; of the body only the beginning is of interest.
async fn read(reply: Reply, left: Duration) -> Answer {
    let (status, retry_after_ms) = (reply.status(), reply.retry_after_ms(LONGEST_WAIT));
    let beginning = tokio::time::timeout(left, reply.beginning(EXCERPT)).await.unwrap_or_default();
    let beginning = beginning.get(..EXCERPT).unwrap_or(&beginning);
    let error = match status {
        200..=299 => None,
        300..=399 => Some("redirects are not followed".to_owned()),
        410 => Some("the receiver wants nothing more".to_owned()),
        status => Some(format!("the receiver answered {status}")),
    };
    // No database keeps U+0000.
    let response = String::from_utf8_lossy(beginning).replace('\0', "\u{fffd}");
    Answer { status: Some(status), retry_after_ms, response: Some(response), error }
}

impl Answer {
    /// The same in one of a few words.
    fn outcome(&self) -> &'static str {
        match self.status {
            Some(200..=299) => "delivered",
            Some(300..=399) => "redirected",
            Some(_) => "refused",
            None => "broken",
        }
    }

    fn none(why: &str) -> Self {
        Self { status: None, retry_after_ms: None, response: None, error: Some(why.to_owned()) }
    }
}

fn headers(claimed: &Claimed, at: Timestamp, signature: &str) -> Option<HeaderMap> {
    let seconds = (at.millis() / 1_000).to_string();
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (name, value) in [
        ("webhook-id", claimed.id.as_str()),
        ("webhook-timestamp", seconds.as_str()),
        ("webhook-signature", signature),
    ] {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(value).ok()?);
    }
    Some(headers)
}

fn jitter() -> u64 {
    clock::random().first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}
