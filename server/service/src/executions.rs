//! What a tenant does with its runs.

use std::sync::Arc;

use magone_core::execution::{Event, ExecutionView};
use magone_core::grant::Scope;
use magone_core::idempotency::{Claim, IdempotencyKey};
use magone_core::ids::ExecutionId;
use magone_core::json::Json;
use magone_core::ports::{EngineError, StartRun};
use magone_store::{ExecutionFilter, ExecutionRow};
use serde_json::Value;

use crate::idempotency::Meant;
use crate::{Begun, ExecuteRequest, Resolved, ServiceError, Services, TenantCaller};

/// Runs that a page has at most.
pub const PAGE_MOST: u32 = 100;
/// Events that a page has at most.
pub const EVENTS_MOST: u32 = 1_000;

/// A page of runs, newest first.
#[derive(Clone, Debug)]
pub struct Executions {
    /// The runs.
    pub executions: Vec<ExecutionView>,
    /// Where the next page begins; `None`: this was the last.
    pub next_cursor: Option<ExecutionId>,
}

/// A page of one run's log.
#[derive(Clone, Debug)]
pub struct EventPage {
    /// The projection, for the terminal event.
    pub view: ExecutionView,
    /// The events, oldest first.
    pub events: Vec<Event>,
}

impl Services {
    /// The tenant's workflow, ready to run, and the request body checked against it.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] for a key that may start nothing; [`ServiceError::NotFound`] before
    /// [`ServiceError::Validation`] before [`ServiceError::EgressDenied`].
    pub(crate) async fn prepare(
        &self,
        caller: &TenantCaller,
        slug: &str,
        body: Value,
    ) -> Result<(Arc<Resolved>, ExecuteRequest), ServiceError> {
        caller.require(Scope::Execute)?;
        let resolved = self.resolved(caller, slug).await?;
        let refused = |problems| ServiceError::invalid("request", problems);
        let request = ExecuteRequest::from_json(body).map_err(refused)?;
        let problems = request.problems(&resolved.program);
        if !problems.is_empty() {
            return Err(refused(problems));
        }
        if let Some(url) = &request.webhook_url {
            self.check_egress("/webhook_url", url)?;
        }
        Ok((resolved, request))
    }

    /// Starts a run, or finds the one that the key stands for, and does not wait for it. When this
    /// returns, it is on disk and will reach its end.
    ///
    /// # Errors
    /// [`ServiceError::IdempotencyMismatch`] before [`ServiceError::NotFound`],
    /// [`ServiceError::Validation`], [`ServiceError::Draining`], or what the store says.
    pub async fn run(
        &self,
        caller: &TenantCaller,
        slug: &str,
        body: Value,
        key: Option<&IdempotencyKey>,
    ) -> Result<Begun, ServiceError> {
        let (claim, meant) = self.asked(caller, slug, &body, key).await?;
        let id = match meant {
            Meant::Known(execution_id) => return Ok(Begun { execution_id, replayed: true }),
            Meant::New(id) => id,
        };
        let (resolved, request) = self.prepare(caller, slug, body).await?;
        self.launch(caller, Self::order(caller, &resolved, id, request, claim)).await
    }

    /// What the engine is asked to start.
    pub(crate) fn order(
        caller: &TenantCaller,
        resolved: &Resolved,
        execution_id: ExecutionId,
        request: ExecuteRequest,
        claim: Option<Claim>,
    ) -> StartRun {
        let mut pins = resolved.pins.clone();
        pins.scripted = caller.key.test;
        let context = request.context_over(&resolved.program.definition().context);
        StartRun {
            execution_id,
            tenant_id: caller.tenant.id.clone(),
            tenant_slug: caller.tenant.slug.clone(),
            tenant_workflow_id: resolved.workflow.id.clone(),
            workflow_slug: resolved.workflow.slug.clone(),
            input: Json::new(request.input),
            context: Json::new(context),
            session_id: request.session_id,
            webhook_url: request.webhook_url,
            pins,
            program: Arc::clone(&resolved.program),
            parent: None,
            retry: None,
            claim,
        }
    }

    pub(crate) fn mint_execution(&self) -> ExecutionId {
        ExecutionId::from_uuid((self.clock.mint)())
    }

    /// One run.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`]; [`ServiceError::NotFound`], also for another tenant's and for one
    /// of a workflow that the key is not for.
    pub async fn execution(
        &self,
        caller: &TenantCaller,
        id: &ExecutionId,
    ) -> Result<ExecutionView, ServiceError> {
        caller.require(Scope::Read)?;
        self.own_execution(caller, id).await
    }

    /// As [`Self::execution`], for whoever was let in to start, steer or follow the run.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`].
    pub async fn own_execution(
        &self,
        caller: &TenantCaller,
        id: &ExecutionId,
    ) -> Result<ExecutionView, ServiceError> {
        let row = self.store.tenant(&caller.tenant.id).execution(id).await?;
        let row = row.filter(|row| caller.reaches(&row.view.workflow_slug)).ok_or_else(|| not_found(id))?;
        self.current(row).await
    }

    /// The tenant's runs, newest first; with their results where they are asked for. A key for some
    /// workflows sees their runs.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], or what the store says.
    pub async fn executions(
        &self,
        caller: &TenantCaller,
        filter: &ExecutionFilter,
        cursor: Option<ExecutionId>,
        limit: u32,
        with_results: bool,
    ) -> Result<Executions, ServiceError> {
        caller.require(Scope::Read)?;
        let filter = &ExecutionFilter { within: caller.key.grant.workflows.clone(), ..filter.clone() };
        let scope = self.store.tenant(&caller.tenant.id);
        let limit = limit.clamp(1, PAGE_MOST);
        let page = match with_results {
            true => scope.executions_with_results(filter, cursor, limit).await?,
            false => scope.executions(filter, cursor, limit).await?,
        };
        let mut executions = Vec::with_capacity(page.items.len());
        for row in page.items {
            executions.push(self.current(row).await?);
        }
        Ok(Executions { executions, next_cursor: page.next_cursor })
    }

    /// A page of a run's log, for whoever was let in to follow it: also a key that may only start runs
    /// follows the one that it starts.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`], as for [`Self::execution`].
    pub async fn events(
        &self,
        caller: &TenantCaller,
        id: &ExecutionId,
        after: u64,
        limit: u32,
    ) -> Result<EventPage, ServiceError> {
        let mut view = self.own_execution(caller, id).await?;
        let scope = self.store.tenant(&caller.tenant.id);
        let events = scope.events(id, after, limit.clamp(1, EVENTS_MOST)).await?;
        let ended = events.last().is_some_and(|event| event.kind.is_terminal());
        if ended && !view.state.is_terminal() {
            // It ended between the two looks: the terminal event carries the projection of the end.
            view = self.own_execution(caller, id).await?;
        }
        Ok(EventPage { view, events })
    }

    /// Asks for cancellation. When this returns, the wish is on disk.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`]; [`ServiceError::NotFound`]; [`ServiceError::Conflict`] when the run
    /// has ended.
    pub async fn cancel(
        &self,
        caller: &TenantCaller,
        id: &ExecutionId,
        reason: Option<String>,
    ) -> Result<ExecutionView, ServiceError> {
        caller.require(Scope::Execute)?;
        let view = self.own_execution(caller, id).await?;
        self.cancel_run(&view, reason).await?;
        self.own_execution(caller, id).await
    }

    pub(crate) async fn cancel_run(
        &self,
        view: &ExecutionView,
        reason: Option<String>,
    ) -> Result<(), ServiceError> {
        let id = &view.execution_id;
        let over =
            || ServiceError::Conflict(format!("Execution '{id}' has ended: it is {}", view.state.as_str()));
        if view.state.is_terminal() {
            return Err(over());
        }
        let engine = self.engine.as_ref().ok_or_else(no_engine)?;
        match engine.cancel(id.clone(), reason).await {
            Ok(()) => Ok(()),
            // It ended between the two looks.
            Err(EngineError::NotInFlight) => {
                Err(ServiceError::Conflict(format!("Execution '{id}' has ended")))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// The projection as it is now: a run in flight moves on without its row being touched.
    pub(crate) async fn current(&self, row: ExecutionRow) -> Result<ExecutionView, ServiceError> {
        if row.view.state.is_terminal() {
            return Ok(row.view);
        }
        let id = row.view.execution_id.clone();
        if let Some(view) = self.live.as_ref().and_then(|live| live.view(&id)) {
            return Ok(view);
        }
        let log = self.store.tenant(&row.tenant_id).log(&id).await?;
        Ok(ExecutionView::fold(id, &log).unwrap_or(row.view))
    }
}

pub(crate) fn not_found(id: &ExecutionId) -> ServiceError {
    ServiceError::not_found("Execution", id.as_str())
}

pub(crate) fn no_engine() -> ServiceError {
    ServiceError::Internal("this process has no engine".to_owned())
}
