//! The state of one run: everything that deciding needs, and nothing that the log does not hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::branches::Branches;
use super::conversation::Conversation;
use super::items::Items;
use super::rounds::Rounds;
use crate::execution::{ChildRun, EventKind, Parent, Usage};
use crate::failure::Failure;
use crate::ids::ExecutionId;
use crate::json::Json;
use crate::knowledge::Retrieval;
use crate::path::StepPath;
use crate::time::Timestamp;
use crate::workflow::program::Program;
use crate::workflow::{Limits, Step};

/// Where in its life a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing was decided yet.
    New,
    /// Accepted, and waiting for its turn.
    Queued,
    /// Under way.
    Running,
    /// Cancellation was asked for; nothing new is begun.
    Cancelling,
    /// Nothing can happen any more.
    Ended,
}

/// The state of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    pub(super) execution_id: ExecutionId,
    pub(super) program: Pinned,
    pub(super) parent: Option<Parent>,
    /// The definition's, narrowed to what the run's parent gave it.
    pub(super) limits: Limits,
    pub(super) phase: Phase,
    pub(super) input: Json,
    pub(super) context: Json,
    pub(super) session: Option<String>,
    pub(super) started_at: Timestamp,
    pub(super) last_time: Timestamp,
    pub(super) last_seq: u64,
    pub(super) steps: BTreeMap<StepPath, StepRun>,
    /// Steps that began and did not end.
    pub(super) active: BTreeSet<StepPath>,
    pub(super) begun: u32,
    pub(super) usage: Usage,
    /// About the bytes of all outputs of steps.
    pub(super) bytes: usize,
    pub(super) cancel_reason: Option<String>,
}

/// The program of a state; two states are the same only on the same program.
#[derive(Clone, Debug)]
pub(super) struct Pinned(pub(super) Arc<Program>);

impl PartialEq for Pinned {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// One step of one run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct StepRun {
    pub began_at: Timestamp,
    /// First step of the branch that it belongs to, inside a `parallel`.
    pub branch: Option<String>,
    pub work: Work,
    pub outcome: Option<Outcome>,
}

/// How a step ended.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Outcome {
    Completed(Json),
    Failed { failure: Failure, handled: bool },
}

/// What a step has under way.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Work {
    /// Nothing outside.
    Inner,
    /// One tool call.
    Tool { call: OpenCall, tool: String, arguments: Json },
    /// One search in a collection.
    Knowledge { call: OpenCall, retrieval: Retrieval },
    /// A conversation with a model.
    Conversation(Box<Conversation>),
    /// Sequences side by side.
    Parallel(Branches),
    /// One sequence for each of many items.
    Map(Items),
    /// One sequence again and again.
    Loop(Rounds),
    /// Somebody's decision.
    Approval,
    /// Another run.
    Child { call: OpenCall, run: Box<ChildRun> },
    /// A timer.
    Wait { fire_at: Timestamp },
}

/// An activity that was decided and has not come back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct OpenCall {
    /// From 1.
    pub attempt: u32,
    pub not_before: Option<Timestamp>,
    /// Crashes at which it was under way.
    pub doubts: u8,
    /// Stopped by an orderly shutdown; waits for the next start.
    pub parked: bool,
}

impl OpenCall {
    pub(super) fn first() -> Self {
        Self { attempt: 1, ..Self::default() }
    }
}

impl State {
    /// A run before its first input.
    #[must_use]
    pub fn new(execution_id: ExecutionId, program: Arc<Program>) -> Self {
        Self {
            execution_id,
            parent: None,
            limits: program.definition().limits.clone(),
            program: Pinned(program),
            phase: Phase::New,
            input: Json::default(),
            context: Json::default(),
            session: None,
            started_at: Timestamp::default(),
            last_time: Timestamp::default(),
            last_seq: 0,
            steps: BTreeMap::new(),
            active: BTreeSet::new(),
            begun: 0,
            usage: Usage::default(),
            bytes: 0,
            cancel_reason: None,
        }
    }

    /// Where in its life the run is.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.phase
    }

    /// Seq of the last event; 0 before the first.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.last_seq
    }

    /// The run that started this one.
    #[must_use]
    pub fn parent(&self) -> Option<&Parent> {
        self.parent.as_ref()
    }

    /// How many runs this one is inside of.
    pub(super) fn depth(&self) -> u32 {
        self.parent.as_ref().map_or(0, |parent| parent.depth)
    }

    /// What it consumed so far, its children included.
    #[must_use]
    pub fn usage(&self) -> Usage {
        self.usage
    }

    /// Steps that began, those of its children included.
    #[must_use]
    pub fn steps_begun(&self) -> u32 {
        self.begun
    }

    pub(super) fn program(&self) -> &Arc<Program> {
        &self.program.0
    }

    pub(super) fn step_of(&self, path: &StepPath) -> Option<&Step> {
        self.program().step(path.step_id())
    }

    pub(super) fn run_of(&self, path: &StepPath) -> Option<&StepRun> {
        self.steps.get(path)
    }

    /// Paths of the steps under way inside `ancestor`, innermost last. In the order of the texts
    /// they lie side by side, whatever else is under way.
    pub(super) fn active_inside(&self, ancestor: &StepPath) -> Vec<StepPath> {
        // `#`, behind which a pass stands, sorts before `/`, and both before all that ids are made of.
        let first = StepPath::root(&format!("{ancestor}#"));
        self.active.range(first..).take_while(|path| path.is_inside(ancestor)).cloned().collect()
    }

    /// Whether the sequence that `path` stands in goes on: that of a container that ended does not.
    pub(super) fn sequence_is_open(&self, path: &StepPath) -> bool {
        path.parent().is_none_or(|container| self.active.contains(&container))
    }

    pub(super) fn accepts(&self, kind: &EventKind) -> bool {
        match self.phase {
            Phase::New => matches!(kind, EventKind::ExecutionCreated { .. }),
            Phase::Ended => false,
            Phase::Queued | Phase::Running | Phase::Cancelling => true,
        }
    }
}
