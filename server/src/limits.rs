//! What every answer to a tenant says about its rates: `RateLimit-Policy` and `RateLimit` as in the
//! IETF's draft (draft-ietf-httpapi-ratelimit-headers), and the three `X-RateLimit-*` that older clients
//! read. Answers of 401 and 404 count nothing, and say nothing; answers that are our fault count nothing.

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{Error, HttpMessage, web};
use magone_core::limit::{Policy, RateStanding, WINDOW_MS};
use magone_core::time::Timestamp;
use magone_service::TenantCaller;

use crate::state::AppState;

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const STANDING: HeaderName = HeaderName::from_static("ratelimit");
const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// On a request that was counted as a read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Read;

/// The middleware, around the one that gives all errors their form.
///
/// # Errors
/// Those of the framework itself.
pub(crate) async fn tell(
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let mut response = next.call(request).await?;
    let request = response.request();
    let Some(caller) = request.extensions().get::<TenantCaller>().cloned() else { return Ok(response) };
    let Some(state) = request.app_data::<web::Data<AppState>>().cloned() else { return Ok(response) };
    let read = request.extensions().get::<Read>().is_some();
    if read && counts_nothing(response.status()) {
        state.services.uncount_read(&caller);
    }
    if response.status() == StatusCode::NOT_FOUND {
        return Ok(response);
    }
    let starts = request.match_pattern().is_some_and(|pattern| starts_a_run(&pattern));
    if read || starts {
        let workflow = request.match_info().get("slug").filter(|_| starts);
        let rates = state.services.rates(&caller, workflow);
        write(response.headers_mut(), &rates, starts, (state.now)());
    }
    Ok(response)
}

/// What is not there was no read; nor is it one where the fault is ours.
fn counts_nothing(status: StatusCode) -> bool {
    status == StatusCode::NOT_FOUND || status.is_server_error()
}

fn starts_a_run(pattern: &str) -> bool {
    pattern.contains("/execute/") || pattern.ends_with("/retry")
}

fn write(headers: &mut HeaderMap, rates: &[RateStanding], starts: bool, now: Timestamp) {
    let mut insert = |name: HeaderName, text: String| {
        if let Ok(value) = HeaderValue::from_str(&text) {
            headers.insert(name, value);
        }
    };
    let window = WINDOW_MS / 1_000;
    let policies = rates.iter().map(|r| format!("\"{}\";q={};w={window}", r.policy.name(), r.level.limit));
    let policies = policies.collect::<Vec<_>>().join(", ");
    if policies.is_empty() {
        return;
    }
    insert(POLICY, policies);
    let counted = rates.iter().filter(|rate| (rate.policy != Policy::Reads) == starts);
    let standing = counted.clone().map(|rate| {
        let seconds = rate.level.reset_ms.div_ceil(1_000);
        format!("\"{}\";r={};t={seconds}", rate.policy.name(), rate.level.remaining)
    });
    insert(STANDING, standing.collect::<Vec<_>>().join(", "));
    // Older clients know one rate: that which admits least.
    if let Some(least) = counted.min_by_key(|rate| rate.level.remaining) {
        insert(LIMIT, least.level.limit.to_string());
        insert(REMAINING, least.level.remaining.to_string());
        let reset = now.plus_millis(least.level.reset_ms).millis();
        insert(RESET, reset.saturating_add(999).div_euclid(1_000).to_string());
    }
}

#[cfg(test)]
mod tests {
    use magone_core::limit::Gcra;

    use super::*;

    #[test]
    fn headers_are_as_the_draft_has_them_and_old_clients_see_what_admits_least() {
        let rate = |policy, quota, used| {
            let mut gate = Gcra::default();
            (0..used).for_each(|_| {
                gate.admit(quota, 0, 1);
            });
            RateStanding { policy, of: None, level: gate.look(quota, 0) }
        };
        let rates = [rate(Policy::Starts, 60, 19), rate(Policy::Reads, 600, 1), rate(Policy::Workflow, 5, 2)];
        let written = |starts| {
            let mut headers = HeaderMap::new();
            write(&mut headers, &rates, starts, Timestamp::from_millis(1_500));
            let text = |name: HeaderName| {
                headers.get(name).and_then(|value| value.to_str().ok()).unwrap().to_owned()
            };
            [POLICY, STANDING, LIMIT, REMAINING, RESET].map(text)
        };
        let policies = "\"rpm\";q=60;w=60, \"reads\";q=600;w=60, \"workflow\";q=5;w=60";
        assert_eq!(written(true), [policies, "\"rpm\";r=41;t=19, \"workflow\";r=3;t=24", "5", "3", "26"]);
        assert_eq!(written(false), [policies, "\"reads\";r=599;t=1", "600", "599", "2"]);
    }

    #[test]
    fn what_was_not_told_is_given_back() {
        for (status, given_back) in
            [(200, false), (403, false), (404, true), (422, false), (500, true), (503, true)]
        {
            assert_eq!(counts_nothing(StatusCode::from_u16(status).unwrap()), given_back, "{status}");
        }
    }

    #[test]
    fn starts_are_told_from_what_only_reads() {
        assert!(starts_a_run("/api/v1/external/execute/{slug}/async"));
        assert!(starts_a_run("/api/v1/external/executions/{id}/retry"));
        assert!(!starts_a_run("/api/v1/external/executions/{id}/cancel"));
    }
}
