//! The interpreter inside a workflow, without Temporal: takes in what happened and keeps what was
//! decided until it is on disk. Pure, so that a replay does the same.

use std::collections::BTreeMap;
use std::time::Duration;

use magone_core::activity::{ActivityError, ActivityOutput, DEFAULT_TIMEOUT_MS};
use magone_core::child::Family;
use magone_core::error::ErrorCode;
use magone_core::execution::{ChildEnd, Event, EventKind, Refusal, RunState};
use magone_core::failure::Failure;
use magone_core::interpreter::{Duty, Input, ObligationId, State, decide, evolve};
use magone_core::time::Timestamp;
use magone_core::workflow::Problem;

use crate::size::{self, MOST_EVENT};
use crate::wire::{DecisionWish, Owner, RunEnd, RunInput};

/// How an activity came back.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It was done; how the attempt ended is the interpreter's business.
    Done(Result<ActivityOutput, ActivityError>),
    /// It was stopped, as was asked.
    Stopped,
    /// Its worker fell silent: nobody knows whether it reached the outside.
    Gone,
    /// Its worker went on living and did not come to an end in time.
    TooSlow,
    /// It could not be done here: no such activity on the worker, a database that refuses.
    Broken(String),
}

/// Something that happened.
#[derive(Debug)]
pub(crate) enum Wake {
    /// A timer fired; `false` where it was stopped.
    Timer(ObligationId, bool),
    /// An activity came back.
    Call(ObligationId, Outcome),
    /// A child can begin, or not; or it could not be prepared here.
    Prepared(ObligationId, Result<Result<Box<RunInput>, Failure>, String>),
    /// A child ended; or its workflow came to no end of its own.
    Child(ObligationId, Result<ChildEnd, String>),
    /// Events were stored, or can never be.
    Recorded(Result<(), String>),
    /// Somebody wants the run to stop.
    Cancel(Option<String>),
}

/// What is under way for an obligation.
#[derive(Debug)]
pub(crate) struct Doing {
    /// An activity, with the seq of the last event that it took along; a child; `None` for a timer.
    pub carries: Option<u64>,
    pub stopped: bool,
}

/// One run.
#[derive(Debug)]
pub(crate) struct Shell {
    pub owner: Owner,
    pub state: State,
    /// Events that are not known to be on disk, with their sizes in bytes.
    pub tail: Vec<(Event, usize)>,
    /// Seq up to which all events are on disk.
    pub stored: u64,
    /// Seq up to which `record_events` stores, while it is under way.
    pub recording: Option<u64>,
    pub under_way: BTreeMap<ObligationId, Doing>,
    /// Children that can begin.
    pub prepared: BTreeMap<ObligationId, Box<RunInput>>,
    /// What children have from this run.
    pub family: Family,
    /// Bytes that went through the history so far.
    pub moved: usize,
    end: Option<EventKind>,
    /// Why the events can never be stored.
    unstorable: Option<String>,
}

impl Shell {
    /// A run that has begun.
    ///
    /// # Errors
    /// What this binary finds wrong with the definition.
    pub(crate) fn begin(input: &RunInput) -> Result<Self, Vec<Problem>> {
        let mut shell = Self {
            owner: input.owner.clone(),
            state: State::new(input.owner.run.execution_id.clone(), input.program()?),
            tail: Vec::new(),
            stored: 0,
            recording: None,
            under_way: BTreeMap::new(),
            prepared: BTreeMap::new(),
            family: input.family(),
            moved: size::bytes(input),
            end: None,
            unstorable: None,
        };
        shell.feed(input.start(), input.accepted_at);
        Ok(shell)
    }

    /// How the run ended, once everything about it is on disk.
    ///
    /// # Errors
    /// Why it can never be on disk.
    pub(crate) fn ended(&self) -> Result<Option<RunEnd>, String> {
        if let Some(why) = &self.unstorable {
            return Err(why.clone());
        }
        let last_seq = self.state.last_seq();
        let ended = self.end.as_ref().filter(|_| self.stored == last_seq);
        Ok(ended.and_then(|last| Some(RunEnd { state: ending(last)?, last_seq, end: self.child_end(last) })))
    }

    /// Takes in what happened.
    pub(crate) fn take(&mut self, wake: Wake, now: Timestamp) {
        match wake {
            Wake::Timer(id, fired) => {
                self.under_way.remove(&id);
                if fired {
                    self.feed(Input::TimerFired { obligation: id }, now);
                }
            }
            Wake::Call(id, outcome) => self.called(id, outcome, now),
            Wake::Prepared(id, result) => self.prepared(id, result, now),
            Wake::Child(id, ended) => self.child_ended(id, ended, now),
            Wake::Recorded(Ok(())) => {
                let upto = self.recording.take().unwrap_or_default();
                self.acknowledge(upto);
            }
            Wake::Recorded(Err(why)) => self.unstorable = Some(why),
            Wake::Cancel(reason) => self.feed(Input::Cancel { reason }, now),
        }
    }

    /// Somebody decided what the run asked for; the seq up to which events follow from it.
    ///
    /// # Errors
    /// Why the decision cannot be taken. Nothing changes then.
    pub(crate) fn decide(&mut self, wish: DecisionWish, now: Timestamp) -> Result<u64, Refusal> {
        let DecisionWish { approval, decision } = wish;
        if let Some(refusal) = self.state.refusal(&approval, &decision) {
            return Err(refusal);
        }
        self.feed(Input::Decision { approval, decision: Box::new(decision) }, now);
        Ok(self.state.last_seq())
    }

    /// What a parent has to know of this run.
    fn child_end(&self, last: &EventKind) -> Option<ChildEnd> {
        let outcome = ChildEnd::outcome(last).filter(|_| self.state.parent().is_some())?;
        Some(ChildEnd { outcome, usage: self.state.usage(), steps: self.state.steps_begun() })
    }

    fn prepared(
        &mut self,
        id: ObligationId,
        result: Result<Result<Box<RunInput>, Failure>, String>,
        now: Timestamp,
    ) {
        let doing = self.under_way.remove(&id);
        let end = match result {
            Ok(result) => {
                self.acknowledge(doing.as_ref().and_then(|doing| doing.carries).unwrap_or_default());
                self.moved = self.moved.saturating_add(size::bytes(&result));
                match result {
                    Ok(input) => return drop(self.prepared.insert(id, input)),
                    Err(failure) => ChildEnd::refused(failure),
                }
            }
            // Nobody wants it any more.
            Err(_) if doing.is_some_and(|doing| doing.stopped) => return,
            Err(why) => ChildEnd::refused(not_here("The child execution could not be started", why)),
        };
        self.feed(Input::ChildEnded { obligation: id, end: Box::new(end) }, now);
    }

    fn child_ended(&mut self, id: ObligationId, ended: Result<ChildEnd, String>, now: Timestamp) {
        self.under_way.remove(&id);
        let end = ended.unwrap_or_else(|why| {
            ChildEnd::refused(not_here("The child execution came to no end of its own", why))
        });
        self.moved = self.moved.saturating_add(size::bytes(&end));
        self.feed(Input::ChildEnded { obligation: id, end: Box::new(end) }, now);
    }

    fn called(&mut self, id: ObligationId, outcome: Outcome, now: Timestamp) {
        let carried = self.under_way.remove(&id).and_then(|doing| doing.carries);
        let result = match outcome {
            Outcome::Done(result) => {
                // It stored what it took along before it did anything else.
                self.acknowledge(carried.unwrap_or_default());
                self.moved = self.moved.saturating_add(size::bytes(&result));
                result
            }
            Outcome::Stopped => return,
            Outcome::Gone => return self.feed(Input::InDoubt { obligation: id }, now),
            Outcome::TooSlow => Err(ActivityError::too_slow(Duration::from_millis(self.timeout_of(&id)))),
            Outcome::Broken(why) => {
                Err(ActivityError::permanent(not_here("The step could not be done by the worker", why)))
            }
        };
        self.feed(Input::Outcome { obligation: id, result: Box::new(result) }, now);
    }

    fn timeout_of(&self, id: &ObligationId) -> u64 {
        let due = self.state.due().into_iter().find(|obligation| obligation.id == *id);
        match due.map(|obligation| obligation.duty) {
            Some(Duty::Call { timeout_ms: Some(limit), .. }) => limit,
            _ => DEFAULT_TIMEOUT_MS,
        }
    }

    fn acknowledge(&mut self, upto: u64) {
        self.stored = self.stored.max(upto);
        self.tail.retain(|(event, _)| event.seq > self.stored);
    }

    pub(crate) fn feed(&mut self, input: Input, now: Timestamp) {
        let mut events = decide(&self.state, input, now);
        if events.iter().any(|event| size::bytes(event) > MOST_EVENT) {
            // Nothing of it is kept: an event that cannot be stored would leave a gap in the log.
            events = decide(&self.state, abandoned("A value of the execution is larger than 1.7 MB"), now);
        }
        for event in events {
            evolve(&mut self.state, &event);
            if ending(&event.kind).is_some() {
                self.end = Some(event.kind.clone());
            }
            let bytes = size::bytes(&event);
            self.tail.push((event, bytes));
        }
    }
}

/// The run ends here, for a reason of the engine.
pub(crate) fn abandoned(sentence: &str) -> Input {
    let failure = Box::new(Failure::new(ErrorCode::BudgetExceeded, sentence));
    Input::Abandoned { failure }
}

fn not_here(sentence: &str, why: String) -> Failure {
    Failure::new(ErrorCode::Internal, sentence).with_detail(why)
}

fn ending(kind: &EventKind) -> Option<RunState> {
    match kind {
        EventKind::ExecutionCompleted { .. } => Some(RunState::Completed),
        EventKind::ExecutionCancelled { .. } => Some(RunState::Cancelled),
        EventKind::ExecutionFailed { failure } => Some(failure.code.ending_state()),
        _ => None,
    }
}

#[cfg(test)]
#[path = "shell_test.rs"]
pub(crate) mod tests;
