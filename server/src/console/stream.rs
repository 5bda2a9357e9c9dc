//! `GET /console/stream`: what the open page wants to be told, as it happens.

use actix_web::{HttpRequest, HttpResponse, web};
use app::request::CookiePolicy;
use bytes::Bytes;
use futures_util::{Stream, stream};
use magone_core::error::ErrorCode;
use magone_core::ids::ExecutionId;
use magone_service::{AdminCaller, ServiceError};
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;

use super::backend::row;
use crate::actors::{Face, RowUpdate};
use crate::follow::{Follow, Reader};
use crate::problem::Problem;
use crate::sse;
use crate::state::AppState;

/// What is to be told.
#[derive(Debug, Deserialize)]
pub(super) struct Query {
    /// `executions`, or `execution:<id>`.
    topics: String,
    /// Seq up to which the page has seen the run's events.
    #[serde(default)]
    after: u64,
}

/// The handler.
///
/// # Errors
/// 401 without a session, 422 for a topic that is none.
pub(super) async fn read(
    request: HttpRequest,
    state: web::Data<AppState>,
    cookies: web::Data<CookiePolicy>,
    query: Result<web::Query<Query>, actix_web::Error>,
) -> Result<HttpResponse, Problem> {
    let query = query.map_err(|_| Problem::new(ErrorCode::Validation, "Name a topic: ?topics=executions"))?;
    let caller = signed_in(&request, &state, **cookies).await?;
    if query.topics == "executions" {
        return Ok(sse::response(rows(state.get_ref().clone())));
    }
    let Some(id) = query.topics.strip_prefix("execution:") else {
        let detail = "topics is 'executions' or 'execution:<id>'";
        return Err(Problem::new(ErrorCode::Validation, detail));
    };
    let id = ExecutionId::from_text(id);
    let (services, reader, run) = (state.services.clone(), caller.clone(), id.clone());
    let view = state.call(async move { services.any_execution(&reader, &run).await }).await?.view;
    if view.state.is_terminal() && view.last_seq != 0 && view.last_seq <= query.after {
        return Ok(HttpResponse::NoContent().finish());
    }
    let follow = Follow::new(state.get_ref().clone(), Reader::Admin(caller), id, query.after);
    Ok(sse::response(sse::events(follow, Face::Admin, state.draining.clone())))
}

async fn signed_in(
    request: &HttpRequest,
    state: &AppState,
    cookies: CookiePolicy,
) -> Result<AdminCaller, Problem> {
    let signed_out = || ServiceError::Refused("Sign in to watch executions".to_owned());
    let session = cookies.session(request).ok_or_else(signed_out)?;
    let services = state.services.clone();
    state.call(async move { services.caller_of_session(session.expose()).await }).await
}

struct Rows {
    state: AppState,
    feed: broadcast::Receiver<RowUpdate>,
    opened: bool,
}

fn rows(state: AppState) -> impl Stream<Item = Result<Bytes, Problem>> {
    let feed = state.live.feed().watch();
    stream::unfold(Rows { state, feed, opened: false }, Rows::next)
}

impl Rows {
    async fn next(mut self) -> Option<(Result<Bytes, Problem>, Self)> {
        if !self.opened {
            self.opened = true;
            return Some((Ok(sse::opening()), self));
        }
        let frame = tokio::select! {
            update = self.feed.recv() => match update {
                Ok(update) => self.frame(&update).await,
                // The page is told to read its list again.
                Err(RecvError::Lagged(_)) => Ok(Bytes::from_static(b"event: reload\ndata: {}\n\n")),
                Err(RecvError::Closed) => return None,
            },
            () = tokio::time::sleep(sse::KEEP_ALIVE) => Ok(sse::keep_alive()),
            () = self.state.draining.cancelled() => return None,
        };
        Some((frame, self))
    }

    async fn frame(&self, update: &RowUpdate) -> Result<Bytes, Problem> {
        let (services, id) = (self.state.services.clone(), update.tenant_id.clone());
        let tenant = self.state.call(async move { services.catalog().tenant(&id).await }).await?;
        Ok(frame("row", &row(&tenant, &update.view)))
    }
}

fn frame(event: &str, data: &impl Serialize) -> Bytes {
    let data = serde_json::to_string(data).unwrap_or_default();
    Bytes::from(format!("event: {event}\ndata: {data}\n\n"))
}
