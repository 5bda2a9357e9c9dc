//! What goes through Temporal, as JSON. Histories hold it for as long as runs last: members may be
//! added with a default, and none may change its meaning.

use std::sync::Arc;

use magone_core::activity::{Activity, ActivityError, ActivityOutput};
use magone_core::agent::Agent;
use magone_core::child::Family;
use magone_core::execution::{ChildEnd, ChildRun, Decision, Event, Parent, Pins, Refusal, Retry, RunState};
use magone_core::failure::Failure;
use magone_core::ids::{ExecutionId, TenantWorkflowId};
use magone_core::interpreter::{Input, Start};
use magone_core::json::Json;
use magone_core::ports::StartRun;
use magone_core::record::Run;
use magone_core::time::Timestamp;
use magone_core::workflow::program::Program;
use magone_core::workflow::{Definition, Problem};
use serde::{Deserialize, Serialize};

/// Whose events they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The run.
    pub run: Run,
    /// The tenant's workflow.
    pub tenant_workflow_id: TenantWorkflowId,
    /// What Temporal knows the run by.
    pub temporal_workflow_id: String,
}

impl Owner {
    /// What Temporal knows a child by: as its parent, but for the run's own id at its end.
    #[must_use]
    pub fn child_workflow_id(&self, child: &ExecutionId) -> String {
        let own = self.run.execution_id.as_str();
        let tenant = self.temporal_workflow_id.strip_suffix(own).unwrap_or(&self.temporal_workflow_id);
        format!("{tenant}{child}")
    }
}

/// What a workflow begins with: everything that its decisions depend on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunInput {
    /// Whose run it is.
    pub owner: Owner,
    /// When the run was accepted.
    pub accepted_at: Timestamp,
    /// The tenant's name for the workflow.
    pub workflow_slug: String,
    /// What the caller sent.
    pub input: Json,
    /// The definition's defaults overlaid with the caller's.
    pub context: Json,
    /// The caller's session.
    pub session_id: Option<String>,
    /// Versions.
    pub pins: Pins,
    /// The run that starts this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    /// How it tries another run again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<Retry>,
    /// The definition of that version.
    pub definition: Definition,
    /// The agents of those versions.
    pub agents: Vec<Arc<Agent>>,
}

impl RunInput {
    /// Of a run that was asked for.
    pub(crate) fn of(start: &StartRun, temporal_workflow_id: String, accepted_at: Timestamp) -> Self {
        let definition = start.program.definition().clone();
        let agents = Program::agents_named(&definition);
        let run = Run {
            execution_id: start.execution_id.clone(),
            tenant_id: start.tenant_id.clone(),
            webhook_url: start.webhook_url.clone(),
            scripted: start.pins.scripted,
        };
        Self {
            owner: Owner { run, tenant_workflow_id: start.tenant_workflow_id.clone(), temporal_workflow_id },
            accepted_at,
            workflow_slug: start.workflow_slug.clone(),
            input: start.input.clone(),
            context: start.context.clone(),
            session_id: start.session_id.clone(),
            pins: start.pins.clone(),
            parent: start.parent.clone(),
            retry: start.retry.clone(),
            agents: agents.iter().filter_map(|id| start.program.agent(id).cloned()).collect(),
            definition,
        }
    }

    /// The interpreter's first input.
    pub(crate) fn start(&self) -> Input {
        Input::Start(Box::new(Start {
            workflow_slug: self.workflow_slug.clone(),
            input: self.input.clone(),
            context: self.context.clone(),
            session_id: self.session_id.clone(),
            pins: self.pins.clone(),
            parent: self.parent.clone(),
            retry: self.retry.clone(),
        }))
    }

    /// What children of the run have from it. A child's name follows from its parent's, so its
    /// tenant's slug is not asked for.
    pub(crate) fn family(&self) -> Family {
        Family {
            tenant_id: self.owner.run.tenant_id.clone(),
            tenant_slug: String::new(),
            tenant_workflow_id: self.owner.tenant_workflow_id.clone(),
            workflow_slug: self.workflow_slug.clone(),
            session_id: self.session_id.clone(),
            pins: self.pins.clone(),
        }
    }

    /// The program that the run was pinned to.
    ///
    /// # Errors
    /// What this binary finds wrong with a definition that another one found right.
    pub(crate) fn program(&self) -> Result<Arc<Program>, Vec<Problem>> {
        Program::new(self.definition.clone(), self.agents.iter().cloned()).map(Arc::new)
    }
}

/// What an activity is given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CallInput {
    /// Whose activity it is.
    pub owner: Owner,
    /// What was decided before it and may not be on disk yet.
    pub events: Vec<Event>,
    /// The same for every repetition of the same attempt.
    pub idempotency_key: String,
    /// How long the attempt may take, in milliseconds.
    pub timeout_ms: u64,
    /// What to do.
    pub activity: Activity,
}

/// What an activity gives back: how the attempt ended is data, and not Temporal's business.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CallEnd {
    /// How the attempt ended.
    pub result: Result<ActivityOutput, ActivityError>,
}

/// What `prepare_child` is given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChildInput {
    /// Whose child it is.
    pub owner: Owner,
    /// What was decided before it and may not be on disk yet.
    pub events: Vec<Event>,
    /// What the child has from its parent, with its own versions.
    pub family: Family,
    /// What is to be started.
    pub child: ChildRun,
}

/// What `prepare_child` gives back.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ChildReady {
    /// What the child's workflow begins with; or why it cannot begin.
    pub result: Result<Box<RunInput>, Failure>,
}

/// What `record_events` is given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RecordInput {
    /// Whose events they are.
    pub owner: Owner,
    /// What was decided and may not be on disk yet.
    pub events: Vec<Event>,
}

/// Signal `cancel`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CancelWish {
    /// Why, in the caller's words.
    pub reason: Option<String>,
}

/// Update `decide`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DecisionWish {
    /// Which approval.
    pub approval: String,
    /// What somebody decided.
    pub decision: Decision,
}

/// What the update answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionTaken {
    /// Why the decision cannot be taken; absent: it is on disk.
    pub refusal: Option<Refusal>,
}

/// What a workflow ends with; the projection in the database has everything else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunEnd {
    /// How the run ended.
    pub state: RunState,
    /// Seq of its last event.
    pub last_seq: u64,
    /// What its parent has to know, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<ChildEnd>,
}
