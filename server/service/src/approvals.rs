//! Decisions that runs wait for.

use magone_core::execution::{Decision, EventKind, ExecutionView, Refusal, Verdict};
use magone_core::grant::Scope;
use magone_core::ids::{ExecutionId, TenantId};
use magone_core::interpreter::recover;
use magone_core::json::Json;
use magone_core::ports::{EngineError, RunStore};
use magone_core::workflow::Problem;
use serde_json::{Value, json};

use crate::audit::Change;
use crate::executions::no_engine;
use crate::{AdminCaller, AdminExecution, Permission, ServiceError, Services, TenantCaller};

/// Characters that a comment may have.
const COMMENT_CHARS: usize = 2_000;

impl Services {
    /// Decides what a run waits for. When this returns, the decision is on disk.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], [`ServiceError::NotFound`] for a run or an approval that does not exist,
    /// [`ServiceError::Validation`] for a body that is no decision or data that does not fit the
    /// step's schema, [`ServiceError::Conflict`] when it was decided already.
    pub async fn decide_approval(
        &self,
        caller: &TenantCaller,
        id: &ExecutionId,
        approval: String,
        body: Value,
    ) -> Result<ExecutionView, ServiceError> {
        caller.require(Scope::Execute)?;
        let view = self.own_execution(caller, id).await?;
        let decision = decision(body, caller.tenant.slug.to_string())?;
        self.hand_in(&caller.tenant.id, &view, approval, decision).await?;
        self.own_execution(caller, id).await
    }

    /// The same for a run of any tenant, the house's among them.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], or as [`Self::decide_approval`].
    pub async fn decide_any_approval(
        &self,
        caller: &AdminCaller,
        id: &ExecutionId,
        approval: String,
        body: Value,
    ) -> Result<ExecutionView, ServiceError> {
        caller.require(Permission::SteerExecutions)?;
        let AdminExecution { tenant, view, .. } = self.anybodys_execution(id).await?;
        let decision = decision(body, caller.actor().to_owned())?;
        // What was filled in is the run's business, and in its log.
        let after =
            json!({"approval_id": approval, "decision": decision.decision, "comment": decision.comment});
        self.hand_in(&tenant.id, &view, approval, decision).await?;
        self.note(caller, Change::new("approval.decided", ("execution", id.as_str())).to(after)).await?;
        Ok(self.anybodys_execution(id).await?.view)
    }

    async fn hand_in(
        &self,
        tenant_id: &TenantId,
        view: &ExecutionView,
        approval: String,
        decision: Decision,
    ) -> Result<(), ServiceError> {
        let id = &view.execution_id;
        if view.state.is_terminal() {
            let state = view.state.as_str();
            return Err(ServiceError::Conflict(format!("Execution '{id}' has ended: it is {state}")));
        }
        // The log answers best: an engine may be elsewhere.
        self.expect_open(tenant_id, id, &approval, &decision).await?;
        let engine = self.engine.as_ref().ok_or_else(no_engine)?;
        match engine.decide(id.clone(), approval.clone(), decision).await {
            Ok(()) => Ok(()),
            Err(EngineError::Refused(refusal)) => Err(refused(&approval, refusal)),
            // It ended between the two looks.
            Err(EngineError::NotInFlight) => {
                Err(ServiceError::Conflict(format!("Execution '{id}' has ended")))
            }
            Err(error) => Err(error.into()),
        }
    }

    async fn expect_open(
        &self,
        tenant_id: &TenantId,
        id: &ExecutionId,
        approval: &str,
        decision: &Decision,
    ) -> Result<(), ServiceError> {
        let log = self.store.tenant(tenant_id).log(id).await?;
        let pins = log.first().and_then(|event| match &event.kind {
            EventKind::ExecutionCreated { pins, .. } => Some(pins.clone()),
            _ => None,
        });
        let pins = pins.ok_or_else(|| ServiceError::Internal(format!("run {id} has no beginning")))?;
        let program = self.store.program(&pins).await?;
        match recover(id.clone(), program, &log).refusal(approval, decision) {
            Some(refusal) => Err(refused(approval, refusal)),
            None => Ok(()),
        }
    }
}

fn refused(approval: &str, refusal: Refusal) -> ServiceError {
    match refusal {
        Refusal::Unknown => ServiceError::not_found("Approval", approval),
        Refusal::Decided => ServiceError::Conflict(format!("Approval '{approval}' was decided already")),
        Refusal::Unfit(problems) => {
            let inside = |problem: Problem| Problem::new(format!("/data{}", problem.pointer), problem.detail);
            ServiceError::invalid("decision", problems.into_iter().map(inside).collect())
        }
    }
}

/// Reads `{"decision": "approve" | "reject", "data": …, "comment": …}`.
fn decision(body: Value, by: String) -> Result<Decision, ServiceError> {
    let invalid = |problems| Err(ServiceError::invalid("decision", problems));
    let Value::Object(mut body) = body else {
        let detail = "The body has to be a JSON object with the member 'decision'";
        return invalid(vec![Problem::new("", detail)]);
    };
    let mut problems = Vec::new();
    let verdict = match body.get("decision").and_then(Value::as_str) {
        Some("approve") => Verdict::Approve,
        Some("reject") => Verdict::Reject,
        _ => {
            problems.push(Problem::new("/decision", "'decision' has to be \"approve\" or \"reject\""));
            Verdict::Reject
        }
    };
    let comment = match body.remove("comment") {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if text.chars().count() <= COMMENT_CHARS => Some(text),
        Some(_) => {
            let detail = format!("'comment' has to be a text of at most {COMMENT_CHARS} characters, or null");
            problems.push(Problem::new("/comment", detail));
            None
        }
    };
    if !problems.is_empty() {
        return invalid(problems);
    }
    Ok(Decision { decision: verdict, data: body.remove("data").map(Json::new), comment, by: Some(by) })
}
