//! The interpreter inside a workflow, without Temporal: which obligations are begun, which are
//! stopped, and who takes the events along to the database. Pure, so that a replay does the same.

use std::collections::BTreeMap;

use magone_core::activity::{ActivityError, DEFAULT_TIMEOUT_MS};
use magone_core::error::ErrorCode;
use magone_core::execution::{Event, EventKind, RunState};
use magone_core::failure::Failure;
use magone_core::interpreter::{Duty, Input, Obligation, ObligationId, Phase, State, decide, evolve};
use magone_core::time::Timestamp;
use magone_core::workflow::Problem;
use std::time::Duration;

use crate::plan::{Act, Outcome, Wake};
use crate::size::{
    self, MOST_AT_ONCE, MOST_CALLS, MOST_COPIES, MOST_ENTRIES, MOST_EVENT, MOST_IN_LIFE, MOST_PAYLOAD,
};
use crate::wire::{CallInput, Owner, RecordInput, RunEnd, RunInput};

/// What is under way for an obligation.
#[derive(Debug)]
struct Doing {
    /// An activity, with the seq of the last event that it took along; `None` for a timer.
    carries: Option<u64>,
    stopped: bool,
}

/// An activity that could be begun.
struct Ready {
    id: ObligationId,
    name: &'static str,
    input: Box<CallInput>,
    bytes: usize,
}

/// One run.
#[derive(Debug)]
pub(crate) struct Shell {
    owner: Owner,
    state: State,
    /// Events that are not known to be on disk, with their sizes in bytes.
    tail: Vec<(Event, usize)>,
    /// Seq up to which all events are on disk.
    stored: u64,
    /// Seq up to which `record_events` stores, while it is under way.
    recording: Option<u64>,
    under_way: BTreeMap<ObligationId, Doing>,
    /// Bytes that went through the history so far.
    moved: usize,
    end: Option<RunState>,
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
            state: State::new(input.program()?),
            tail: Vec::new(),
            stored: 0,
            recording: None,
            under_way: BTreeMap::new(),
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
        Ok(self.end.filter(|_| self.stored == last_seq).map(|state| RunEnd { state, last_seq }))
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
            Wake::Recorded(Ok(())) => {
                let upto = self.recording.take().unwrap_or_default();
                self.acknowledge(upto);
            }
            Wake::Recorded(Err(why)) => self.unstorable = Some(why),
            Wake::Cancel(reason) => self.feed(Input::Cancel { reason }, now),
        }
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
            Outcome::Broken(why) => Err(ActivityError::permanent(
                Failure::new(ErrorCode::Internal, "The step could not be done by the worker")
                    .with_detail(why),
            )),
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

    fn feed(&mut self, input: Input, now: Timestamp) {
        let mut events = decide(&self.state, input, now);
        if events.iter().any(|event| size::bytes(event) > MOST_EVENT) {
            // Nothing of it is kept: an event that cannot be stored would leave a gap in the log.
            events = decide(&self.state, abandoned("A value of the execution is larger than 1.7 MB"), now);
        }
        for event in events {
            evolve(&mut self.state, &event);
            self.end = self.end.or(ending(&event.kind));
            let bytes = size::bytes(&event);
            self.tail.push((event, bytes));
        }
    }

    /// What is to be begun and stopped now. `entries` is the length of the history.
    pub(crate) fn plan(&mut self, now: Timestamp, entries: u32) -> Vec<Act> {
        if self.moved > MOST_IN_LIFE || entries > MOST_ENTRIES {
            self.feed(abandoned("The execution's history is longer than Temporal keeps"), now);
        }
        let ready = self.fitting(now);
        if self.state.phase() == Phase::Cancelling && self.calls_under_way() == 0 {
            self.feed(Input::Stopped, now);
        }
        let mut acts = self.stops();
        acts.extend(self.timers(now));
        acts.extend(self.calls(ready));
        acts.extend(self.record());
        acts
    }

    fn calls_under_way(&self) -> usize {
        self.under_way.values().filter(|doing| doing.carries.is_some()).count()
    }

    /// Activities that can be begun. One that is too large to be sent fails at once.
    fn fitting(&mut self, now: Timestamp) -> Vec<Ready> {
        loop {
            let ready = self.ready(now);
            let Some(large) = ready.iter().find(|ready| ready.bytes > MOST_PAYLOAD) else {
                return ready;
            };
            let failure = Failure::new(
                ErrorCode::BudgetExceeded,
                format!("What step and conversation send off is larger than 1.9 MB: {} bytes", large.bytes),
            );
            let result = Box::new(Err(ActivityError::permanent(failure)));
            self.feed(Input::Outcome { obligation: large.id.clone(), result }, now);
        }
    }

    fn ready(&self, now: Timestamp) -> Vec<Ready> {
        let due = self.state.due().into_iter();
        due.filter(|obligation| !self.under_way.contains_key(&obligation.id))
            .filter_map(|Obligation { id, duty }| match duty {
                Duty::Call { not_before, timeout_ms } if not_before.is_none_or(|at| at <= now) => {
                    let activity = self.state.activity(&id)?;
                    let name = activity.name();
                    let input = Box::new(CallInput {
                        owner: self.owner.clone(),
                        events: Vec::new(),
                        idempotency_key: format!("{}:{id}", self.owner.run.execution_id),
                        timeout_ms: timeout_ms.unwrap_or(DEFAULT_TIMEOUT_MS),
                        activity,
                    });
                    let bytes = size::bytes(&*input);
                    Some(Ready { id, name, input, bytes })
                }
                _ => None,
            })
            .collect()
    }

    fn stops(&mut self) -> Vec<Act> {
        let due: Vec<ObligationId> = self.state.due().into_iter().map(|obligation| obligation.id).collect();
        let mut stops = Vec::new();
        for (id, doing) in &mut self.under_way {
            if !doing.stopped && !due.contains(id) {
                doing.stopped = true;
                stops.push(Act::Stop(id.clone()));
            }
        }
        stops
    }

    /// Timers, and the pauses before another attempt.
    fn timers(&mut self, now: Timestamp) -> Vec<Act> {
        let mut acts = Vec::new();
        for Obligation { id, duty } in self.state.due() {
            let at = match duty {
                Duty::Timer { fire_at } => fire_at,
                Duty::Call { not_before: Some(at), .. } if at > now => at,
                Duty::Call { .. } => continue,
            };
            if !self.under_way.contains_key(&id) {
                self.under_way.insert(id.clone(), Doing { carries: None, stopped: false });
                acts.push(Act::Timer { id, in_ms: at.millis_since(now) });
            }
        }
        acts
    }

    /// Activities take along what is not on disk. Where many would take along much, it is stored
    /// once, and they begin when it is.
    fn calls(&mut self, mut ready: Vec<Ready>) -> Vec<Act> {
        // The rest has its turn when some of these come back.
        ready.truncate(MOST_CALLS.saturating_sub(self.calls_under_way()));
        let tail: usize = self.tail.iter().map(|(_, bytes)| bytes).sum();
        let copies = tail.saturating_mul(ready.len().saturating_sub(1));
        let largest = ready.iter().map(|ready| ready.bytes).max().unwrap_or_default();
        if copies > MOST_COPIES || largest.saturating_add(tail) > MOST_PAYLOAD {
            return Vec::new();
        }
        let mut acts = Vec::new();
        let mut sent = 0_usize;
        for Ready { id, name, mut input, bytes } in ready {
            let bytes = bytes.saturating_add(tail);
            if !acts.is_empty() && sent.saturating_add(bytes) > MOST_AT_ONCE {
                break;
            }
            sent = sent.saturating_add(bytes);
            input.events = self.tail.iter().map(|(event, _)| event.clone()).collect();
            let carries = Some(self.state.last_seq());
            self.under_way.insert(id.clone(), Doing { carries, stopped: false });
            acts.push(Act::Call { id, name, input });
        }
        self.moved = self.moved.saturating_add(sent);
        acts
    }

    /// What nobody takes along goes by itself, one piece after the other.
    fn record(&mut self) -> Option<Act> {
        let taken = self.under_way.values().filter(|doing| !doing.stopped).filter_map(|doing| doing.carries);
        let last_seq = self.state.last_seq();
        let nothing_left = self.stored == last_seq || taken.max() == Some(last_seq);
        if self.recording.is_some() || nothing_left {
            return None;
        }
        let mut bytes = 0_usize;
        let fits = |(_, more): &&(Event, usize)| {
            bytes = bytes.saturating_add(*more);
            bytes <= MOST_PAYLOAD
        };
        let events: Vec<Event> = self.tail.iter().take_while(fits).map(|(event, _)| event.clone()).collect();
        self.recording = events.last().map(|event| event.seq);
        self.moved = self.moved.saturating_add(bytes);
        Some(Act::Record(RecordInput { owner: self.owner.clone(), events }))
    }
}

fn abandoned(sentence: &str) -> Input {
    let failure = Box::new(Failure::new(ErrorCode::BudgetExceeded, sentence));
    Input::Abandoned { failure }
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
mod tests;
