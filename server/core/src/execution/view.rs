//! The one projection of a run: what POST, GET, lists, the terminal frame of a stream and the
//! webhook show. It is a fold over the log.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Event, EventKind, RunState, Status, Usage};
use crate::error::ErrorCode;
use crate::failure::FailureCode;
use crate::ids::ExecutionId;
use crate::json::Json;
use crate::path::StepPath;
use crate::time::Timestamp;

/// How a run's output becomes its result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ResultMode {
    /// The members of the structured output, and `content`, `data`, `metadata` beside them.
    #[default]
    Merged,
    /// The output alone.
    Raw,
}

/// How far a run is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema))]
pub struct Progress {
    /// Steps that ended; inside a `map` or a `loop` in each pass anew.
    pub steps_done: u32,
    /// Steps that the definition has, or that ended if those are more; conditional ones may never
    /// begin.
    pub steps_total: u32,
    /// Paths of the steps under way.
    pub current: Vec<StepPath>,
}

/// Figures about a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema))]
pub struct Metadata {
    /// From start to end, in milliseconds; null before the end.
    pub duration_ms: Option<u64>,
    /// Agents in the order of their first turn.
    pub agents_used: Vec<String>,
    /// Tokens and cost.
    pub usage: Usage,
    /// Version of the definition.
    pub workflow_version: u32,
    /// Which attempt at the same input this run is, from 1.
    pub attempts: u32,
    /// The run that this one tries again; absent where it is the first attempt.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<ExecutionId>,
}

/// The projection. Every member is always there, null where it has no value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "rules", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "rules", schemars(rename = "Execution"))]
pub struct ExecutionView {
    /// The run.
    pub execution_id: ExecutionId,
    /// The tenant's name for the workflow.
    pub workflow_slug: String,
    /// The frozen status.
    pub status: Status,
    /// The finer state.
    pub state: RunState,
    /// The result of a completed run.
    pub result: Option<Json>,
    /// One sentence why a run failed.
    pub error: Option<String>,
    /// Stable code of the failure.
    pub code: Option<FailureCode>,
    /// Whether the same request may succeed later.
    pub retryable: Option<bool>,
    /// Figures.
    pub metadata: Metadata,
    /// How far it is.
    pub progress: Progress,
    /// The caller's session.
    pub session_id: Option<String>,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
    /// Those steps of `progress.current` that only wait for a timer.
    #[serde(skip)]
    waiting: BTreeSet<StepPath>,
    /// Those that only wait for a decision.
    #[serde(skip)]
    asking: BTreeSet<StepPath>,
    #[serde(skip)]
    result_mode: ResultMode,
    /// Whether another run started it.
    #[serde(skip)]
    child: bool,
    /// Whether every model call goes to the scripted provider.
    #[serde(skip)]
    scripted: bool,
    /// What its own steps consumed, without its children.
    #[serde(skip)]
    own_usage: Usage,
    /// Seq of the last event folded in.
    #[serde(skip)]
    pub last_seq: u64,
}

impl ExecutionView {
    /// An accepted run, before its first event was folded in.
    #[must_use]
    pub fn new(execution_id: ExecutionId, created_at: Timestamp) -> Self {
        Self {
            execution_id,
            workflow_slug: String::new(),
            status: Status::Pending,
            state: RunState::Queued,
            result: None,
            error: None,
            code: None,
            retryable: None,
            metadata: Metadata { attempts: 1, ..Metadata::default() },
            progress: Progress::default(),
            session_id: None,
            created_at,
            started_at: None,
            completed_at: None,
            waiting: BTreeSet::new(),
            asking: BTreeSet::new(),
            result_mode: ResultMode::Merged,
            child: false,
            scripted: false,
            own_usage: Usage::default(),
            last_seq: 0,
        }
    }

    /// Folds a whole log.
    #[must_use]
    pub fn fold<'a>(execution_id: ExecutionId, log: impl IntoIterator<Item = &'a Event>) -> Option<Self> {
        let mut log = log.into_iter();
        let first = log.next()?;
        let mut view = Self::new(execution_id, first.time);
        view.apply(first);
        log.for_each(|event| view.apply(event));
        Some(view)
    }

    /// Folds one event in. Events that were folded already are passed over.
    pub fn apply(&mut self, event: &Event) {
        if event.seq <= self.last_seq {
            return;
        }
        self.last_seq = event.seq;
        match &event.kind {
            EventKind::ExecutionCreated { .. } => self.created(event),
            EventKind::ExecutionStarted {} => {
                self.started_at = Some(event.time);
                self.enter(RunState::Running);
            }
            EventKind::StepStarted { step, .. } => self.step_opened(step),
            EventKind::StepCompleted { step, .. } | EventKind::StepFailed { step, .. } => {
                self.step_closed(step);
                let progress = &mut self.progress;
                progress.steps_done = progress.steps_done.saturating_add(1);
                progress.steps_total = progress.steps_total.max(progress.steps_done);
                self.settle();
            }
            EventKind::TimerStarted { step, .. } => {
                self.waiting.insert(step.clone());
                self.settle();
            }
            EventKind::ApprovalRequired { step, .. } => {
                self.asking.insert(step.clone());
                self.settle();
            }
            EventKind::TimerFired { step } => {
                self.waiting.remove(step);
                self.settle();
            }
            EventKind::AgentStarted { agent, .. } if !self.metadata.agents_used.contains(agent) => {
                self.metadata.agents_used.push(agent.clone());
            }
            EventKind::UsageUpdated { usage, total, .. } => {
                self.own_usage += *usage;
                self.metadata.usage = *total;
            }
            EventKind::ChildEnded { total, .. } => self.metadata.usage = *total,
            EventKind::ExecutionCancelling { .. } => self.enter(RunState::Cancelling),
            EventKind::ExecutionCompleted { output } => {
                self.end(RunState::Completed, event.time);
                self.result = Some(self.shape(output));
            }
            EventKind::ExecutionFailed { failure } => {
                self.end(failure.code.ending_state(), event.time);
                self.fail(failure.code.clone(), failure.error.clone());
            }
            EventKind::ExecutionCancelled { .. } => {
                self.end(RunState::Cancelled, event.time);
                self.fail(ErrorCode::Cancelled.into(), "The execution was cancelled".to_owned());
            }
            _ => {}
        }
    }

    /// Whether another run started it: lists of runs leave it out, it is found where its parent is.
    /// Known where the view was folded from its log.
    #[must_use]
    pub fn is_child(&self) -> bool {
        self.child
    }

    /// Whether it uses none of its tenant's quotas: every model call goes to the scripted provider.
    /// Known where the view was folded from its log.
    #[must_use]
    pub fn is_scripted(&self) -> bool {
        self.scripted
    }

    /// What it takes from its tenant's quotas: what its own steps consumed. Its children are runs of
    /// their own, and take theirs. Known where the view was folded from its log.
    #[must_use]
    pub fn billed_usage(&self) -> Usage {
        if self.scripted { Usage::default() } else { self.own_usage }
    }

    fn created(&mut self, event: &Event) {
        if let EventKind::ExecutionCreated {
            workflow_slug,
            session_id,
            pins,
            steps_total,
            result_mode,
            parent,
            retry_of,
            ..
        } = &event.kind
        {
            self.created_at = event.time;
            self.workflow_slug.clone_from(workflow_slug);
            self.session_id.clone_from(session_id);
            self.metadata.workflow_version = pins.version;
            self.progress.steps_total = *steps_total;
            self.result_mode = *result_mode;
            self.child = parent.is_some();
            self.scripted = pins.scripted;
            if let Some(retry) = retry_of {
                self.metadata.attempts = retry.attempt;
                self.metadata.retry_of = Some(retry.execution_id.clone());
            }
        }
    }

    fn enter(&mut self, state: RunState) {
        self.state = state;
        self.status = state.status();
    }

    fn step_opened(&mut self, step: &StepPath) {
        // A container is not under way itself: its inner steps are.
        if let Some(parent) = step.parent() {
            self.step_closed(&parent);
        }
        let current = &mut self.progress.current;
        if let Err(place) = current.binary_search(step) {
            current.insert(place, step.clone());
        }
        self.settle();
    }

    fn step_closed(&mut self, step: &StepPath) {
        self.waiting.remove(step);
        self.asking.remove(step);
        if let Ok(place) = self.progress.current.binary_search(step) {
            self.progress.current.remove(place);
        }
    }

    fn settle(&mut self) {
        let settles = [RunState::Running, RunState::WaitingTimer, RunState::WaitingApproval];
        if settles.contains(&self.state) {
            let current = self.progress.current.len();
            let waits = current > 0 && self.waiting.len() + self.asking.len() == current;
            self.enter(match (waits, self.asking.is_empty()) {
                (true, true) => RunState::WaitingTimer,
                (true, false) => RunState::WaitingApproval,
                (false, _) => RunState::Running,
            });
        }
    }

    fn end(&mut self, state: RunState, at: Timestamp) {
        self.waiting.clear();
        self.asking.clear();
        self.progress.current.clear();
        self.enter(state);
        self.completed_at = Some(at);
        self.metadata.duration_ms = Some(at.millis_since(self.started_at.unwrap_or(self.created_at)));
    }

    fn fail(&mut self, code: FailureCode, error: String) {
        self.retryable = Some(code.retryable());
        self.code = Some(code);
        self.error = Some(error);
    }

    /// The result of the contract: a superset of the three shapes of the first API.
    fn shape(&self, output: &Json) -> Json {
        if self.result_mode == ResultMode::Raw {
            return output.clone();
        }
        let (mut result, content, data) = match &**output {
            Value::Object(members) => {
                let content = match members.get("content") {
                    Some(Value::String(text)) => text.clone(),
                    _ => output.to_string(),
                };
                (members.clone(), content, (**output).clone())
            }
            Value::String(text) => (Map::new(), text.clone(), Value::Null),
            other => (Map::new(), other.to_string(), other.clone()),
        };
        result.insert("content".to_owned(), Value::String(content));
        result.insert("data".to_owned(), data);
        result.insert("metadata".to_owned(), serde_json::to_value(&self.metadata).unwrap_or(Value::Null));
        Json::new(Value::Object(result))
    }
}
