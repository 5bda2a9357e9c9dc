//! One decision under way: events are folded into the state as they are decided, so that what
//! comes later in the same decision sees what came before.

use std::collections::VecDeque;

use super::bounds;
use super::evolve::evolve;
use super::state::{Phase, State};
use crate::error::ErrorCode;
use crate::execution::{Event, EventKind};
use crate::failure::Failure;
use crate::json::Json;
use crate::path::StepPath;
use crate::time::Timestamp;

/// What is still to be decided. A queue instead of recursion: ten thousand steps in a row that call
/// no activity are one decision.
pub(super) enum Move {
    Begin {
        path: StepPath,
        branch: Option<String>,
    },
    Ended {
        path: StepPath,
    },
    /// As many passes of the `map` begin as may be under way.
    Pass {
        path: StepPath,
    },
}

pub(super) struct Draft<'a> {
    pub state: &'a mut State,
    /// What the clock says. Timers and pauses are measured by it: whoever waits for them looks at
    /// the same clock.
    pub now: Timestamp,
    /// Time of the events. A clock that was set back must not turn the log's order around.
    time: Timestamp,
    events: Vec<Event>,
    moves: VecDeque<Move>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(state: &'a mut State, now: Timestamp) -> Self {
        let time = now.max(state.last_time);
        Self { state, now, time, events: Vec::new(), moves: VecDeque::new() }
    }

    pub(super) fn emit(&mut self, kind: EventKind) {
        if !self.state.accepts(&kind) {
            return;
        }
        let event = Event { seq: self.state.last_seq.saturating_add(1), time: self.time, kind };
        evolve(self.state, &event);
        self.events.push(event);
    }

    pub(super) fn later(&mut self, next: Move) {
        self.moves.push_back(next);
    }

    pub(super) fn next_move(&mut self) -> Option<Move> {
        if self.state.phase != Phase::Running {
            self.moves.clear();
        }
        self.moves.pop_front()
    }

    pub(super) fn into_events(self) -> Vec<Event> {
        self.events
    }

    pub(super) fn begin(&mut self, path: StepPath, branch: Option<String>) {
        self.later(Move::Begin { path, branch });
    }

    pub(super) fn complete_step(&mut self, path: &StepPath, output: Json) {
        let what = format!("The output of step '{}'", path.step_id());
        if let Err(failure) = bounds::check(&output, ErrorCode::DefinitionError, &what) {
            return self.fail_step(path, failure);
        }
        if self.state.bytes.saturating_add(bounds::weight(&output)) > bounds::MAX_RUN_BYTES {
            let most = bounds::MAX_RUN_BYTES >> 20;
            let sentence =
                format!("The outputs of the execution's steps are larger than {most} MiB together");
            return self.fail_step_and_run(path, Failure::new(ErrorCode::BudgetExceeded, sentence));
        }
        self.emit(EventKind::StepCompleted { step: path.clone(), output });
        self.later(Move::Ended { path: path.clone() });
    }

    /// The step failed for good. What is under way inside it is stopped first.
    pub(super) fn fail_step(&mut self, path: &StepPath, failure: Failure) {
        for inner in self.state.active_inside(path).into_iter().rev() {
            let failure = Failure::new(ErrorCode::Cancelled, "Stopped because the step around it failed");
            self.emit(EventKind::StepFailed { step: inner, failure, handled: false });
        }
        let handled = self.state.step_of(path).is_some_and(|step| step.on_error.is_some());
        self.emit(EventKind::StepFailed { step: path.clone(), failure, handled });
        self.later(Move::Ended { path: path.clone() });
    }

    /// The step fails and takes the run with it, whatever its `on_error` says.
    pub(super) fn fail_step_and_run(&mut self, path: &StepPath, failure: Failure) {
        self.emit(EventKind::StepFailed { step: path.clone(), failure: failure.clone(), handled: false });
        self.fail_run(failure);
    }

    /// The run fails, whatever is under way.
    pub(super) fn fail_run(&mut self, failure: Failure) {
        self.emit(EventKind::ExecutionFailed { failure });
    }
}
