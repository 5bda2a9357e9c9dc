//! What a run asks of Temporal: which obligations are begun, which are stopped, and who takes the
//! events along to the database. Pure, so that a replay does the same.

use magone_core::activity::{ActivityError, DEFAULT_TIMEOUT_MS};
use magone_core::error::ErrorCode;
use magone_core::execution::{ChildEnd, Event};
use magone_core::failure::Failure;
use magone_core::interpreter::{Duty, Input, Obligation, ObligationId, Phase};
use magone_core::time::Timestamp;

use crate::shell::{Doing, Shell, abandoned};
use crate::size::{self, MOST_AT_ONCE, MOST_CALLS, MOST_COPIES, MOST_ENTRIES, MOST_IN_LIFE, MOST_PAYLOAD};
use crate::wire::{CallInput, ChildInput, RecordInput, RunInput};

/// Something to be begun or stopped.
#[derive(Debug)]
pub(crate) enum Act {
    /// A durable timer.
    Timer {
        /// The obligation that waits for it.
        id: ObligationId,
        /// From now, in milliseconds.
        in_ms: u64,
    },
    /// An activity.
    Call {
        /// Its obligation.
        id: ObligationId,
        /// The activity's name.
        name: &'static str,
        /// What it is given.
        input: Box<CallInput>,
    },
    /// The activity that makes a child ready to begin.
    Prepare {
        /// The obligation that waits for the child.
        id: ObligationId,
        /// What it is given.
        input: Box<ChildInput>,
    },
    /// A workflow of a child.
    Child {
        /// The obligation that waits for it.
        id: ObligationId,
        /// What it begins with.
        input: Box<RunInput>,
    },
    /// Events that no other activity takes along.
    Record(RecordInput),
    /// What is under way for this obligation is no longer due.
    Stop(ObligationId),
}

/// An activity that could be begun.
struct Ready {
    id: ObligationId,
    job: Job,
    bytes: usize,
}

/// What an activity does.
enum Job {
    /// What its name says.
    Call(&'static str, Box<CallInput>),
    /// It makes a child ready.
    Prepare(Box<ChildInput>),
}

impl Job {
    fn bytes(&self) -> usize {
        match self {
            Self::Call(_, input) => size::bytes(&**input),
            Self::Prepare(input) => size::bytes(&**input),
        }
    }

    /// The activity, with events that it takes along.
    fn begin(self, id: ObligationId, events: Vec<Event>) -> Act {
        match self {
            Self::Call(name, mut input) => {
                input.events = events;
                Act::Call { id, name, input }
            }
            Self::Prepare(mut input) => {
                input.events = events;
                Act::Prepare { id, input }
            }
        }
    }
}

impl Shell {
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
        acts.extend(self.children());
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
            let obligation = large.id.clone();
            let input = match large.job {
                Job::Call(..) => {
                    Input::Outcome { obligation, result: Box::new(Err(ActivityError::permanent(failure))) }
                }
                Job::Prepare(_) => {
                    Input::ChildEnded { obligation, end: Box::new(ChildEnd::refused(failure)) }
                }
            };
            self.feed(input, now);
        }
    }

    fn ready(&self, now: Timestamp) -> Vec<Ready> {
        let due = self.state.due().into_iter();
        due.filter(|obligation| !self.under_way.contains_key(&obligation.id))
            .filter_map(|Obligation { id, duty }| {
                let job = match duty {
                    Duty::Call { not_before, timeout_ms } if not_before.is_none_or(|at| at <= now) => {
                        self.call(&id, timeout_ms)?
                    }
                    Duty::Child { not_before }
                        if not_before.is_none_or(|at| at <= now) && !self.prepared.contains_key(&id) =>
                    {
                        self.prepare(&id)?
                    }
                    _ => return None,
                };
                Some(Ready { id, bytes: job.bytes(), job })
            })
            .collect()
    }

    fn call(&self, id: &ObligationId, timeout_ms: Option<u64>) -> Option<Job> {
        let activity = self.state.activity(id)?;
        let input = CallInput {
            owner: self.owner.clone(),
            events: Vec::new(),
            idempotency_key: format!("{}:{id}", self.owner.run.execution_id),
            timeout_ms: timeout_ms.unwrap_or(DEFAULT_TIMEOUT_MS),
            activity,
        };
        Some(Job::Call(input.activity.name(), Box::new(input)))
    }

    fn prepare(&self, id: &ObligationId) -> Option<Job> {
        let (owner, family) = (self.owner.clone(), self.family.clone());
        let child = self.state.child(id)?;
        Some(Job::Prepare(Box::new(ChildInput { owner, events: Vec::new(), family, child })))
    }

    /// Children that were made ready and are still wanted.
    fn children(&mut self) -> Vec<Act> {
        let prepared = std::mem::take(&mut self.prepared);
        let mut acts = Vec::new();
        for (id, input) in prepared {
            if self.state.child(&id).is_some() {
                self.moved = self.moved.saturating_add(size::bytes(&*input));
                // It takes nothing along.
                self.under_way.insert(id.clone(), Doing { carries: Some(0), stopped: false });
                acts.push(Act::Child { id, input });
            }
        }
        acts
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
                Duty::Call { not_before: Some(at), .. } | Duty::Child { not_before: Some(at) }
                    if at > now =>
                {
                    at
                }
                Duty::Call { .. } | Duty::Child { .. } => continue,
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
        for Ready { id, job, bytes } in ready {
            let bytes = bytes.saturating_add(tail);
            if !acts.is_empty() && sent.saturating_add(bytes) > MOST_AT_ONCE {
                break;
            }
            sent = sent.saturating_add(bytes);
            let events = self.tail.iter().map(|(event, _)| event.clone()).collect();
            let carries = Some(self.state.last_seq());
            self.under_way.insert(id.clone(), Doing { carries, stopped: false });
            acts.push(job.begin(id, events));
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

#[cfg(test)]
#[path = "plan_test.rs"]
mod tests;
