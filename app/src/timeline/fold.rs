//! The fold.

use std::collections::BTreeMap;

use magone_core::execution::{Event, EventKind};
use magone_core::failure::Failure;
use magone_core::ids::ExecutionId;
use magone_core::json::Json;
use magone_core::message::{Message, Role};
use magone_core::path::StepPath;
use magone_core::time::Timestamp;

use super::speech::{Speech, ToolOutcome};
use super::step::{Phase, Retry, Step};

/// Why a run stands where it stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Reason {
    /// An activity failed and will be tried again.
    Retrying {
        /// In which step.
        step: StepPath,
        /// The attempt and when.
        retry: Retry,
    },
    /// Somebody has to decide.
    Asking {
        /// In which step.
        step: StepPath,
        /// What they are asked.
        prompt: String,
    },
    /// Everything that is under way waits for a timer; the first one fires then.
    Waiting {
        /// In which step.
        step: StepPath,
        /// When.
        until: Timestamp,
    },
    /// Cancellation was asked for.
    Cancelling {
        /// Why, as the caller put it.
        reason: Option<String>,
    },
    /// It failed.
    Failed {
        /// Why, with what only an admin reads.
        failure: Failure,
    },
    /// It was cancelled.
    Cancelled {
        /// Why, as the caller put it.
        reason: Option<String>,
    },
}

/// Everything that the page shows. Grows with the log and never shrinks.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Timeline {
    steps: Vec<Step>,
    places: BTreeMap<StepPath, usize>,
    speech: Vec<Speech>,
    log: Vec<Event>,
    cancelling: Option<Option<String>>,
    ending: Option<Reason>,
    started: Option<Timestamp>,
    ended: Option<Timestamp>,
}

impl Timeline {
    /// Folds a log.
    #[must_use]
    pub fn fold(events: impl IntoIterator<Item = Event>) -> Self {
        let mut timeline = Self::default();
        for event in events {
            timeline.apply(event);
        }
        timeline
    }

    /// The steps: each after the one that encloses it, siblings in the order in which they began.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// One step.
    #[must_use]
    pub fn step(&self, path: &StepPath) -> Option<&Step> {
        self.places.get(path).and_then(|place| self.steps.get(*place))
    }

    /// What was said.
    #[must_use]
    pub fn speech(&self) -> &[Speech] {
        &self.speech
    }

    /// The events themselves.
    #[must_use]
    pub fn log(&self) -> &[Event] {
        &self.log
    }

    /// Seq of the last event; 0 when there is none.
    #[must_use]
    pub fn last_seq(&self) -> u64 {
        self.log.last().map_or(0, |event| event.seq)
    }

    /// The run that started this one, and the definition that this one is a run of.
    #[must_use]
    pub fn parent(&self) -> Option<(&ExecutionId, &str)> {
        match &self.log.first()?.kind {
            EventKind::ExecutionCreated { parent: Some(parent), pins, .. } => {
                Some((&parent.execution_id, &pins.definition))
            }
            _ => None,
        }
    }

    /// Whether the log is at its end.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.ended.is_some()
    }

    /// From the start of the run to its end; while it is under way, to `now` or, where no clock is
    /// at hand, to the last event.
    #[must_use]
    pub fn span(&self, now: Option<Timestamp>) -> (Timestamp, Timestamp) {
        let first = self.started.or_else(|| self.log.first().map(|event| event.time)).unwrap_or_default();
        let last = self.log.last().map_or(first, |event| event.time);
        // Another machine's clock may be behind the server's.
        (first, self.ended.unwrap_or_else(|| now.unwrap_or(last).max(last)))
    }

    /// Why the run stands where it stands, where there is something to say.
    #[must_use]
    pub fn reason(&self) -> Option<Reason> {
        if self.ending.is_some() {
            return self.ending.clone();
        }
        if let Some(reason) = &self.cancelling {
            return Some(Reason::Cancelling { reason: reason.clone() });
        }
        let retrying = self.steps.iter().rev().find(|step| step.phase == Phase::Retrying);
        if let Some((step, retry)) = retrying.and_then(|step| Some((step, step.retries.last()?))) {
            return Some(Reason::Retrying { step: step.path.clone(), retry: retry.clone() });
        }
        let asking = self.steps.iter().find_map(|step| match &step.phase {
            Phase::Asking { prompt } => {
                Some(Reason::Asking { step: step.path.clone(), prompt: prompt.clone() })
            }
            _ => None,
        });
        if asking.is_some() {
            return asking;
        }
        let waiting = self.steps.iter().filter_map(|step| match step.phase {
            Phase::Waiting { until } => Some((until, step)),
            _ => None,
        });
        let (until, step) = waiting.min_by_key(|(until, _)| *until)?;
        Some(Reason::Waiting { step: step.path.clone(), until })
    }

    /// Folds one event in. Events that were folded already are passed over.
    pub fn apply(&mut self, event: Event) {
        if event.seq <= self.last_seq() {
            return;
        }
        self.fold_step(&event);
        self.fold_speech(&event);
        match &event.kind {
            EventKind::ExecutionStarted {} => self.started = Some(event.time),
            EventKind::ExecutionCancelling { reason } => self.cancelling = Some(reason.clone()),
            EventKind::ExecutionCompleted { .. } => self.end(event.time, None),
            EventKind::ExecutionFailed { failure } => {
                self.end(event.time, Some(Reason::Failed { failure: failure.clone() }));
            }
            EventKind::ExecutionCancelled { reason } => {
                self.end(event.time, Some(Reason::Cancelled { reason: reason.clone() }));
            }
            _ => {}
        }
        self.log.push(event);
    }

    fn end(&mut self, at: Timestamp, ending: Option<Reason>) {
        self.ended = Some(at);
        self.ending = ending;
        for step in self.steps.iter_mut().filter(|step| !step.phase.is_over()) {
            step.phase = Phase::Stopped;
            step.ended = Some(at);
        }
    }

    fn fold_step(&mut self, event: &Event) {
        let at = event.time;
        match &event.kind {
            EventKind::StepStarted { step, kind, title, request, .. } => {
                self.begin(Step {
                    title: title.clone(),
                    request: request.clone(),
                    ..Step::begun(step.clone(), kind.clone(), at)
                });
            }
            EventKind::StepCompleted { step, output } => {
                self.finish(step, at, Phase::Completed, Some(output.clone()));
            }
            EventKind::StepFailed { step, failure, handled } => {
                self.finish(step, at, Phase::Failed { failure: failure.clone(), handled: *handled }, None);
            }
            EventKind::StepRetrying { step, .. } => {
                if let Some(retry) = Retry::of(event) {
                    self.with(step, |step| {
                        step.phase = if retry.pauses() { Phase::Retrying } else { Phase::Running };
                        step.retries.push(retry);
                    });
                }
            }
            EventKind::AgentStarted { step, agent, .. } => {
                self.with(step, |step| step.agent = Some(agent.clone()));
            }
            EventKind::MessageCompleted { step, turn, .. } => self.with(step, |step| {
                step.turns = (*turn).max(step.turns);
                step.phase = Phase::Running;
            }),
            EventKind::ToolCalled { step, tool, .. } => {
                self.with(step, |step| step.tool = Some(tool.clone()));
            }
            EventKind::ChildStarted { step, execution_id, input, .. } => self.with(step, |step| {
                step.child = Some(execution_id.clone());
                step.request = Some(input.clone());
            }),
            EventKind::ApprovalRequired { step, prompt, .. } => {
                self.with(step, |step| step.phase = Phase::Asking { prompt: prompt.clone() });
            }
            EventKind::ToolResult { step, .. }
            | EventKind::ApprovalResolved { step, .. }
            | EventKind::TimerFired { step } => {
                self.with(step, |step| step.phase = Phase::Running);
            }
            EventKind::TimerStarted { step, fire_at, .. } => {
                self.with(step, |step| step.phase = Phase::Waiting { until: *fire_at });
            }
            EventKind::UsageUpdated { step, usage, .. } => self.with(step, |step| step.usage += *usage),
            EventKind::ChildEnded { step, usage, steps, .. } => self.with(step, |step| {
                step.usage += *usage;
                // One that was refused before its first step is not there to be looked at.
                step.child = step.child.take().filter(|_| *steps > 0);
            }),
            _ => {}
        }
    }

    fn fold_speech(&mut self, event: &Event) {
        let at = event.time;
        match &event.kind {
            EventKind::AgentStarted { step, agent, messages } => {
                self.speech.extend(messages.iter().map(|message| said(step, agent, message, at)));
            }
            EventKind::MessageCompleted { step, message, .. } if !message.content.is_empty() => {
                let name = self.step(step).and_then(|step| step.agent.clone());
                let name = name.unwrap_or_else(|| step.step_id().to_owned());
                self.speech.push(said(step, &name, message, at));
            }
            EventKind::ToolCalled { step, turn, call_id, tool, arguments } => {
                self.speech.push(Speech::Tool {
                    step: step.clone(),
                    turn: *turn,
                    call_id: call_id.clone(),
                    tool: tool.clone(),
                    arguments: arguments.clone(),
                    at,
                    outcome: ToolOutcome::Pending,
                });
            }
            EventKind::ToolResult { step, turn, call_id, result, .. } => {
                let call = self.speech.iter_mut().rev().find(|said| said.is_call(step, *turn, call_id));
                if let Some(Speech::Tool { outcome, .. }) = call {
                    *outcome = match result.clone() {
                        Ok(output) => ToolOutcome::Answered { output, at },
                        Err(failure) => ToolOutcome::Failed { failure, at },
                    };
                }
            }
            _ => {}
        }
    }

    /// A step that begins takes its place after the last one inside its parent.
    fn begin(&mut self, begun: Step) {
        if let Some(again) = self.places.get(&begun.path).and_then(|place| self.steps.get_mut(*place)) {
            *again = begun;
            return;
        }
        let place = self.place_for(&begun);
        // Mostly it is the end; only branches of a `parallel` come in between.
        if place < self.steps.len() {
            for later in self.places.values_mut().filter(|other| **other >= place) {
                *later += 1;
            }
        }
        self.places.insert(begun.path.clone(), place);
        self.steps.insert(place, begun);
    }

    fn place_for(&self, begun: &Step) -> usize {
        let end = self.steps.len();
        let Some(parent) = begun.path.parent() else { return end };
        // The steps of one pass stay together, however many passes are under way.
        if begun.path.pass().is_some() {
            let pass = begun.path.sibling("");
            let same = |step: &Step| step.path.as_str().starts_with(pass.as_str());
            if let Some(last) = self.steps.iter().rposition(same) {
                return last + 1;
            }
        }
        let at_the_end = |last: &Step| last.path == parent || last.path.is_inside(&parent);
        match self.places.get(&parent) {
            Some(place) if !self.steps.last().is_some_and(at_the_end) => {
                let inside = |step: &&Step| step.depth >= begun.depth;
                place + 1 + self.steps.iter().skip(place + 1).take_while(inside).count()
            }
            _ => end,
        }
    }

    fn finish(&mut self, path: &StepPath, at: Timestamp, phase: Phase, output: Option<Json>) {
        self.with(path, |step| {
            step.phase = phase;
            step.ended = Some(at);
            step.output = output;
        });
    }

    fn with(&mut self, path: &StepPath, change: impl FnOnce(&mut Step)) {
        if let Some(step) = self.places.get(path).and_then(|place| self.steps.get_mut(*place)) {
            change(step);
        }
    }
}

fn said(step: &StepPath, name: &str, message: &Message, at: Timestamp) -> Speech {
    Speech::Message {
        step: step.clone(),
        role: message.role,
        name: if message.role == Role::User { step.step_id().to_owned() } else { name.to_owned() },
        content: message.content.clone(),
        at,
    }
}

#[cfg(test)]
#[path = "fold_test.rs"]
mod tests;
