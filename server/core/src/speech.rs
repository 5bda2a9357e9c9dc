//! What a model says while it says it: pieces of a message, on their way to whoever reads along. They
//! are in no log, and whoever misses them has lost nothing: the whole message comes when it is complete.

use std::fmt;
use std::sync::Arc;

use crate::ids::ExecutionId;
use crate::interpreter::ObligationId;
use crate::path::StepPath;
use crate::ports::LiveRuns;

/// A piece of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// The run.
    pub execution_id: ExecutionId,
    /// Where in the tree of steps.
    pub step: StepPath,
    /// Model turn of the step, from 1.
    pub turn: u32,
    /// The attempt at it, from 1: what another one had said does not count any more.
    pub attempt: u32,
    /// The text.
    pub text: String,
}

/// Where a model's words go. Cheap to clone; speaking never waits for anybody.
#[derive(Clone, Default)]
pub struct Speech(Option<Arc<Listened>>);

struct Listened {
    live: Arc<dyn LiveRuns>,
    execution_id: ExecutionId,
    step: StepPath,
    turn: u32,
    attempt: u32,
}

impl fmt::Debug for Speech {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Speech").field(&self.0.is_some()).finish()
    }
}

impl Speech {
    /// What a model says for this obligation goes to those who watch the run. Where the obligation is not a
    /// model's, nobody listens.
    #[must_use]
    pub fn to(live: &Arc<dyn LiveRuns>, execution_id: &ExecutionId, obligation: &ObligationId) -> Self {
        let Some((step, turn, attempt)) = obligation.message() else { return Self::default() };
        let (live, execution_id) = (Arc::clone(live), execution_id.clone());
        Self(Some(Arc::new(Listened { live, execution_id, step, turn, attempt })))
    }

    /// A piece of the message, in its order.
    pub fn say(&self, text: &str) {
        let Some(Listened { live, execution_id, step, turn, attempt }) = self.0.as_deref() else { return };
        if !text.is_empty() {
            live.said(Piece {
                execution_id: execution_id.clone(),
                step: step.clone(),
                turn: *turn,
                attempt: *attempt,
                text: text.to_owned(),
            });
        }
    }
}
