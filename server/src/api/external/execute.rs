//! Starting runs.

use std::marker::PhantomData;
use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpRequest, HttpResponse, web};
use magone_core::error::ErrorCode;
use magone_core::execution::ExecutionView;
use magone_service::{Begun, ExecuteRequest, TenantCaller};
use serde_json::{Value, json};

use super::answer::{Running, Started};
use super::{answer, events, status_url};
use crate::api::openapi::{Doc, Header};
use crate::api::{accept, idempotency, prefer};
use crate::auth::{Execute, WithBody};
use crate::problem::Problem;
use crate::sse;
use crate::state::AppState;

/// `POST /execute/{slug}`: waits for the result; 202 when that takes longer than the caller or the
/// definition lets it. With `Accept: text/event-stream` as [`stream`].
///
/// # Errors
/// Problems of the contract's section 4.
pub async fn wait(
    WithBody(caller, body, _): WithBody<Execute>,
    request: HttpRequest,
    state: web::Data<AppState>,
    slug: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    if accept::wants_stream(request.headers()) {
        return stream(WithBody(caller, body, PhantomData), request, state, slug).await;
    }
    let key = idempotency::key(request.headers())?;
    let wish = prefer::wish(request.headers());
    let wait = wish.as_ref().map(|wish| wish.wait);
    let (services, stopping) = (state.services.clone(), state.stopping.clone());
    let run = async move {
        services.run_and_wait(&caller, &slug, body, key.as_ref(), wait, stopping.cancelled()).await
    };
    let answered = state.call(run).await?;
    let mut response = answer::of_run(&answered.run);
    idempotency::mark(&mut response, answered.replayed);
    prefer::applied(&mut response, wish.as_ref());
    Ok(response)
}

/// `POST /execute/{slug}/async`: answers as soon as the run is on disk.
///
/// # Errors
/// Problems of the contract's section 4.
pub async fn start(
    WithBody(caller, body, _): WithBody<Execute>,
    request: HttpRequest,
    state: web::Data<AppState>,
    slug: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let begun = begin(&state, &caller, &slug, (&request, body)).await?;
    if !begun.replayed {
        return Ok(answer::of_start(&begun.execution_id));
    }
    let (services, id) = (state.services.clone(), begun.execution_id);
    let now = std::future::ready(());
    let known =
        state.call(async move { services.attend(&caller, id, Some(Duration::ZERO), now).await }).await?;
    let mut response = answer::of_run(&known);
    idempotency::mark(&mut response, true);
    Ok(response)
}

/// `POST /execute/{slug}/stream`: the events of the run from the first one to its end, as a stream. Whoever
/// leaves it can come back to `/executions/{id}/events`; the run goes on.
///
/// # Errors
/// Problems of the contract's section 4, before the stream begins.
pub async fn stream(
    WithBody(caller, body, _): WithBody<Execute>,
    request: HttpRequest,
    state: web::Data<AppState>,
    slug: web::Path<String>,
) -> Result<HttpResponse, Problem> {
    let begun = begin(&state, &caller, &slug, (&request, body)).await?;
    let place = status_url(&begun.execution_id);
    let mut response = events::following(&state, caller, begun.execution_id, 0);
    if let Ok(place) = header::HeaderValue::from_str(&place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    idempotency::mark(&mut response, begun.replayed);
    Ok(response)
}

/// Starts a run, or finds the one that an earlier request with the same key started.
async fn begin(
    state: &web::Data<AppState>,
    caller: &TenantCaller,
    slug: &str,
    (request, body): (&HttpRequest, Value),
) -> Result<Begun, Problem> {
    let key = idempotency::key(request.headers())?;
    let (services, caller, slug) = (state.services.clone(), caller.clone(), slug.to_owned());
    state.call(async move { services.run(&caller, &slug, body, key.as_ref()).await }).await
}

pub(in crate::api) fn wait_doc() -> Doc {
    let doc = Doc::new("execute", "Run a workflow and wait for its result");
    let doc = doc.about(
        "Waits as long as the workflow lets it (300 seconds unless it says otherwise), or as `Prefer: wait=N` \
         says. An execution that takes longer goes on: the answer is 202 then, and `status_url` says where it is. \
         To hang up cancels nothing.",
    );
    doc.takes::<ExecuteRequest>(json!({"input": "Show me Q4 sales KPIs for Dubai region"}))
        .reads(Header::PREFER)
        .reads(Header::IDEMPOTENCY_KEY)
        .answers::<ExecutionView>(200, "It ended: `status` is `completed` or `failed`.")
        .answers_as(200, "text/event-stream", sse::FRAMES, sse::frame)
        .gives(Header::PREFERENCE_APPLIED)
        .gives(Header::IDEMPOTENCY_REPLAYED)
        .gives(Header::LOCATION)
        .leads_to("readExecution", "id", "$response.body#/execution_id")
        .answers::<Running>(202, "It goes on.")
        .gives(Header::LOCATION)
        .gives(Header::RETRY_AFTER)
        .gives(Header::PREFERENCE_APPLIED)
        .gives(Header::IDEMPOTENCY_REPLAYED)
        .leads_to("readExecution", "id", "$response.body#/execution_id")
        .leads_to("cancelExecution", "id", "$response.body#/execution_id")
        .fails(&START)
}

pub(in crate::api) fn start_doc() -> Doc {
    Doc::new("executeAsync", "Run a workflow in the background")
        .about("Answers as soon as the execution is on disk. `webhook_url` is told when it ends.")
        .takes::<ExecuteRequest>(json!({"input": "Generate full portfolio analysis report"}))
        .reads(Header::IDEMPOTENCY_KEY)
        .answers::<Started>(202, "It is on disk, and will reach an end.")
        .gives(Header::LOCATION)
        .gives(Header::RETRY_AFTER)
        .gives(Header::IDEMPOTENCY_REPLAYED)
        .leads_to("readExecution", "id", "$response.body#/execution_id")
        .leads_to("readEvents", "id", "$response.body#/execution_id")
        .leads_to("cancelExecution", "id", "$response.body#/execution_id")
        .answers::<ExecutionView>(200, "The execution of an earlier request with this key, which ended.")
        .gives(Header::IDEMPOTENCY_REPLAYED)
        .fails(&START)
}

pub(in crate::api) fn stream_doc() -> Doc {
    Doc::new("executeAsStream", "Run a workflow and follow its events from the first one")
        .about("Whoever leaves can come back to the execution's events; the execution goes on.")
        .takes::<ExecuteRequest>(json!({"input": "Show me Q4 sales KPIs for Dubai region"}))
        .reads(Header::IDEMPOTENCY_KEY)
        .answers_as(200, "text/event-stream", sse::FRAMES, sse::frame)
        .gives(Header::LOCATION)
        .gives(Header::IDEMPOTENCY_REPLAYED)
        .fails(&START)
}

/// Why an execution is not started.
pub(super) const START: [ErrorCode; 6] = [
    ErrorCode::NotFound,
    ErrorCode::Draining,
    ErrorCode::EgressDenied,
    ErrorCode::IdempotencyMismatch,
    ErrorCode::ConcurrencyLimited,
    ErrorCode::QuotaExceeded,
];
