//! Trying a run again that failed: as another run, from the start or from where it failed.

use std::sync::Arc;

use magone_core::execution::{Event, EventKind, Retry, RetryOf, Status};
use magone_core::grant::Scope;
use magone_core::idempotency::{Claim, IdempotencyKey};
use magone_core::ids::ExecutionId;
use magone_core::interpreter::{self, recover, reusable};
use magone_core::json::Json;
use magone_core::ports::{RunStore, StartRun, StoreError};
use magone_core::workflow::Problem;
use magone_store::ExecutionRow;
use schemars::JsonSchema;
use serde_json::{Map, Value, json};

use crate::executions::not_found;
use crate::idempotency::{Meant, claim};
use crate::{Begun, ExecuteRequest, Resolved, ServiceError, Services, TenantCaller};

/// How a run is tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
pub struct RetryRequest {
    /// What is done again; null: everything.
    #[schemars(with = "Option<From>")]
    from: From,
}

/// What is done again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(rename = "RetryFrom", rename_all = "snake_case")]
enum From {
    /// Everything, by the workflow as it is now.
    Start,
    /// What had not ended for good, by the versions that the run was pinned to.
    FailedStep,
}

impl RetryRequest {
    /// Reads `{"from": "start" | "failed_step"}`; nothing is `start`.
    fn read(body: &Value) -> Result<Self, ServiceError> {
        let problem = |pointer: &str, detail: &str| {
            Err(ServiceError::invalid("retry", vec![Problem::new(pointer, detail)]))
        };
        match (body, body.get("from").unwrap_or(&Value::Null)) {
            (Value::Null, _) | (Value::Object(_), Value::Null) => Ok(Self { from: From::Start }),
            (Value::Object(_), Value::String(from)) if from == "start" => Ok(Self { from: From::Start }),
            (Value::Object(_), Value::String(from)) if from == "failed_step" => {
                Ok(Self { from: From::FailedStep })
            }
            (Value::Object(_), _) => problem("/from", "'from' is \"start\" or \"failed_step\""),
            _ => problem("", "The body has to be a JSON object, or absent"),
        }
    }
}

impl Services {
    /// Starts another attempt at a run that failed, with the same input, context, session and webhook;
    /// does not wait for it. When this returns, it is on disk and will reach its end.
    ///
    /// # Errors
    /// [`ServiceError::NotFound`] for the run, also another tenant's, and for its workflow;
    /// [`ServiceError::Conflict`] for a run that did not fail, or whose log or versions are gone;
    /// [`ServiceError::Validation`] where the workflow no longer takes its input; and as
    /// [`Services::run`].
    pub async fn retry(
        &self,
        caller: &TenantCaller,
        id: &ExecutionId,
        body: Value,
        key: Option<&IdempotencyKey>,
    ) -> Result<Begun, ServiceError> {
        let wish = || json!({"retry": id, "from": body.get("from").and_then(Value::as_str), "test": caller.key.test});
        caller.require(Scope::Execute)?;
        let claim = claim(key, wish);
        let meant = self.meant(&caller.tenant.id, claim.as_ref()).await?;
        self.count_replay(caller, &meant)?;
        let new = match meant {
            Meant::Known(execution_id) => return Ok(Begun { execution_id, replayed: true }),
            Meant::New(new) => new,
        };
        let scope = self.store.tenant(&caller.tenant.id);
        let row = scope.execution(id).await?;
        let row = row.filter(|row| caller.reaches(&row.view.workflow_slug)).ok_or_else(|| not_found(id))?;
        let request = RetryRequest::read(&body)?;
        let log = scope.log(id).await?;
        may_be_retried(&row, &log)?;
        let resolved = self.resolved(caller, &row.view.workflow_slug).await?;
        let again = Again { id: new, row, log, claim };
        let run = match request.from {
            From::Start => self.anew(caller, &resolved, again).await?,
            From::FailedStep => self.further(caller, &resolved, again).await?,
        };
        self.launch(caller, run).await
    }

    async fn anew(
        &self,
        caller: &TenantCaller,
        resolved: &Resolved,
        again: Again,
    ) -> Result<StartRun, ServiceError> {
        let Again { id, row, claim, .. } = again;
        // The row has the context as the run saw it. What its definition gave then is not the caller's.
        let defaults = match self.store.program(&row.pins).await {
            Ok(program) => program.definition().context.clone(),
            Err(error @ StoreError::Unavailable(_)) => return Err(error.into()),
            Err(_) => Map::new(),
        };
        let seen = row.input.get("context").and_then(Value::as_object).cloned().unwrap_or_default();
        let context = seen.into_iter().filter(|(name, value)| defaults.get(name) != Some(value)).collect();
        let request = ExecuteRequest {
            input: row.input.get("user_input").cloned().unwrap_or_default(),
            context,
            session_id: row.view.session_id.clone(),
            webhook_url: row.webhook_url.clone(),
        };
        let problems = request.problems(&resolved.program);
        if !problems.is_empty() {
            return Err(ServiceError::invalid("request of that execution", problems));
        }
        let retry = Some(Retry { of: of(&row), reused: Vec::new() });
        Ok(StartRun { retry, ..Self::order(caller, resolved, id, request, claim) })
    }

    async fn further(
        &self,
        caller: &TenantCaller,
        resolved: &Resolved,
        again: Again,
    ) -> Result<StartRun, ServiceError> {
        let Again { id, row, log, claim } = again;
        let failed = row.view.execution_id.clone();
        let gone = |what: &str| {
            let sentence = format!("Execution '{failed}' cannot be retried from its failed step: {what}");
            ServiceError::Conflict(format!("{sentence}; retry it from the start"))
        };
        if log.is_empty() {
            return Err(gone("its log is not kept any more"));
        }
        let program = match self.store.program(&row.pins).await {
            Ok(program) if row.interpreter_version == interpreter::VERSION => program,
            Err(error @ StoreError::Unavailable(_)) => return Err(error.into()),
            Ok(_) | Err(_) => return Err(gone("this server cannot run its version")),
        };
        let state = recover(failed.clone(), Arc::clone(&program), &log);
        let retry = Some(Retry { of: of(&row), reused: reusable(&state, &log) });
        let mut pins = row.pins.clone();
        pins.scripted |= caller.key.test;
        let given = |name: &str| Json::new(row.input.get(name).cloned().unwrap_or_default());
        Ok(StartRun {
            execution_id: id,
            tenant_id: caller.tenant.id.clone(),
            tenant_slug: caller.tenant.slug.clone(),
            tenant_workflow_id: resolved.workflow.id.clone(),
            workflow_slug: row.view.workflow_slug.clone(),
            input: given("user_input"),
            context: given("context"),
            session_id: row.view.session_id.clone(),
            webhook_url: row.webhook_url.clone(),
            pins,
            program,
            parent: None,
            retry,
            claim,
        })
    }
}

/// What another attempt is made of.
struct Again {
    id: ExecutionId,
    row: ExecutionRow,
    log: Vec<Event>,
    claim: Option<Claim>,
}

fn of(row: &ExecutionRow) -> RetryOf {
    RetryOf {
        execution_id: row.view.execution_id.clone(),
        attempt: row.view.metadata.attempts.saturating_add(1),
    }
}

fn may_be_retried(row: &ExecutionRow, log: &[Event]) -> Result<(), ServiceError> {
    let id = &row.view.execution_id;
    if row.view.status != Status::Failed {
        let state = row.view.state.as_str();
        let sentence = format!("Execution '{id}' is {state}; only one that failed can be retried");
        return Err(ServiceError::Conflict(sentence));
    }
    match log.first().map(|event| &event.kind) {
        Some(EventKind::ExecutionCreated { parent: Some(parent), .. }) => {
            let parent = &parent.execution_id;
            let sentence = format!("Execution '{id}' is part of '{parent}'; retry that one");
            Err(ServiceError::Conflict(sentence))
        }
        _ => Ok(()),
    }
}
