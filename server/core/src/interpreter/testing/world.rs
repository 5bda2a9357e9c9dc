//! A tiny deterministic world: it does the obligations of one run by a script, on a clock of its
//! own, in an order that a seed chooses, and checks at every input what must always hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;

use super::answers::{Answer, USAGE, finds, says, tool_says};
use crate::activity::{Activity, ActivityError};
use crate::error::ErrorCode;
use crate::execution::{ChildEnd, ChildRun, Event, ExecutionView, Pins, Retry, RetryOf};
use crate::failure::Failure;
use crate::ids::ExecutionId;
use crate::interpreter::state::Work;
use crate::interpreter::{
    Duty, Input, Obligation, ObligationId, Phase, Start, State, decide, evolve, recover, reusable, transition,
};
use crate::json::Json;
use crate::time::Timestamp;
use crate::workflow::program::Program;

/// Milliseconds that an activity takes.
const TAKES_MS: u64 = 10;

/// More inputs than any test needs: beyond it a run would never end.
const MOST_INPUTS: usize = 20_000;

/// Answers an activity that the script does not name.
type Otherwise = Box<dyn Fn(&ObligationId, &Activity) -> Answer>;

pub struct World {
    pub state: State,
    pub log: Vec<Event>,
    pub now: Timestamp,
    /// Every input with its time, to be fed again.
    pub inputs: Vec<(Input, Timestamp)>,
    /// Activities in the order in which they were done.
    pub done: Vec<(ObligationId, Activity)>,
    /// The state as the log alone tells it, read back from JSON.
    shadow: State,
    script: BTreeMap<String, Answer>,
    children: Box<dyn Fn(&ChildRun) -> ChildEnd>,
    otherwise: Otherwise,
    seed: u64,
}

/// What can happen next.
struct Ready {
    activity: Option<(ObligationId, Activity)>,
    takes: u64,
    input: Input,
}

/// The id of every run of these worlds.
pub fn run_id() -> ExecutionId {
    ExecutionId::from_text("exec_world")
}

fn again(failed: &World) -> Retry {
    let of = RetryOf { execution_id: run_id(), attempt: 2 };
    Retry { of, reused: reusable(&failed.state, &failed.log) }
}

impl World {
    pub fn new(program: &Arc<Program>) -> Self {
        Self {
            state: State::new(run_id(), Arc::clone(program)),
            log: Vec::new(),
            now: Timestamp::from_millis(1_800_000_000_000),
            inputs: Vec::new(),
            done: Vec::new(),
            shadow: State::new(run_id(), Arc::clone(program)),
            script: BTreeMap::new(),
            children: Box::new(|run| ChildEnd { outcome: Ok(run.input.clone()), usage: USAGE, steps: 2 }),
            otherwise: Box::new(|_, activity| match activity {
                Activity::LlmCompletion(_) => says("fine"),
                Activity::ExecuteTool(call) => tool_says((*call.arguments).clone()),
                Activity::RetrieveKnowledge(search) => finds(&[&search.query]),
            }),
            seed: 0,
        }
    }

    /// Answers one obligation.
    pub fn answer(mut self, id: &str, answer: Answer) -> Self {
        self.script.insert(id.to_owned(), answer);
        self
    }

    /// Answers what the script does not name.
    pub fn otherwise(mut self, answer: impl Fn(&ObligationId, &Activity) -> Answer + 'static) -> Self {
        self.otherwise = Box::new(answer);
        self
    }

    /// Runs children that the script does not name.
    pub fn children(mut self, run: impl Fn(&ChildRun) -> ChildEnd + 'static) -> Self {
        self.children = Box::new(run);
        self
    }

    /// Chooses the order in which activities come back; 0: the order of the obligations.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Starts with the input `"hello"` and the definition's context.
    pub fn start(&mut self) {
        let first = self.first(None);
        self.feed(Input::Start(first));
    }

    /// The same, and it waits for its turn.
    pub fn queue(&mut self) {
        let first = self.first(None);
        self.feed(Input::Queue(first));
    }

    /// Starts as another attempt at a run that failed.
    pub fn start_again(&mut self, failed: &Self) {
        let first = self.first(Some(again(failed)));
        self.feed(Input::Start(first));
    }

    /// The same, and it waits for its turn.
    pub fn queue_again(&mut self, failed: &Self) {
        let first = self.first(Some(again(failed)));
        self.feed(Input::Queue(first));
    }

    fn first(&self, retry: Option<Retry>) -> Box<Start> {
        let program = Arc::clone(self.state.program());
        Box::new(Start {
            workflow_slug: "test".to_owned(),
            input: Json::new(json!("hello")),
            context: Json::new(program.definition().context.clone().into()),
            session_id: Some("session-1".to_owned()),
            pins: Pins { definition: "t".to_owned(), version: 7, ..Pins::default() },
            parent: None,
            retry,
        })
    }

    /// Starts, and answers until the run ended.
    pub fn run(mut self) -> Self {
        self.start();
        self.finish();
        self
    }

    /// Answers until the run ended.
    pub fn finish(&mut self) {
        while self.state.phase() != Phase::Ended {
            assert!(self.inputs.len() < MOST_INPUTS, "the run does not end");
            assert!(self.turn(), "nothing is due, and the run has not ended");
        }
    }

    /// Does one thing that is due, and lets time pass where there is nothing else to do. `false`
    /// when nothing is due.
    pub fn turn(&mut self) -> bool {
        let due = self.state.due();
        if due.is_empty() && self.state.phase() == Phase::Cancelling {
            self.feed(Input::Stopped);
            return true;
        }
        let mut ready: Vec<_> = due.iter().filter_map(|duty| self.outcome_of(duty)).collect();
        if ready.is_empty() {
            return self.pass_time(&due);
        }
        let Ready { activity, takes, input } = ready.swap_remove(self.choose(ready.len()));
        self.now = self.now.plus_millis(takes);
        self.done.extend(activity);
        self.feed(input);
        true
    }

    fn outcome_of(&self, due: &Obligation) -> Option<Ready> {
        let (Duty::Call { not_before, .. } | Duty::Child { not_before }) = due.duty else {
            return None;
        };
        if not_before.is_some_and(|at| at > self.now) {
            return None;
        }
        match due.duty {
            Duty::Call { timeout_ms, .. } => self.activity_outcome(due, timeout_ms),
            _ => self.child_outcome(due),
        }
    }

    fn child_outcome(&self, due: &Obligation) -> Option<Ready> {
        let run = self.state.child(&due.id)?;
        let end = match self.script.get(due.id.as_str()) {
            Some(Answer::Ended(end)) => end.clone(),
            Some(_) => return None,
            None => (self.children)(&run),
        };
        let input = Input::ChildEnded { obligation: due.id.clone(), end: Box::new(end) };
        Some(Ready { activity: None, takes: TAKES_MS, input })
    }

    fn activity_outcome(&self, due: &Obligation, timeout_ms: Option<u64>) -> Option<Ready> {
        let activity = self.state.activity(&due.id)?;
        let answer = match self.script.get(due.id.as_str()) {
            Some(answer) => answer.clone(),
            None => (self.otherwise)(&due.id, &activity),
        };
        let (takes, outcome) = match answer {
            Answer::Now(outcome) => (TAKES_MS, outcome),
            Answer::Slow => {
                let failure = Failure::new(ErrorCode::StepTimeout, "too slow");
                (timeout_ms?, Err(ActivityError::transient(failure)))
            }
            Answer::Ended(_) => panic!("{} is no child", due.id),
        };
        let input = Input::Outcome { obligation: due.id.clone(), result: Box::new(outcome) };
        Some(Ready { activity: Some((due.id.clone(), activity)), takes, input })
    }

    /// Goes to the next point in time that something waits for.
    fn pass_time(&mut self, due: &[Obligation]) -> bool {
        let now = self.now;
        let next = due.iter().filter_map(|due| match due.duty {
            Duty::Timer { fire_at } => Some((fire_at, Some(due.id.clone()))),
            Duty::Call { not_before, .. } | Duty::Child { not_before } => {
                not_before.filter(|at| *at > now).map(|at| (at, None))
            }
        });
        let Some((at, timer)) = next.min_by_key(|(at, _)| *at) else {
            return false;
        };
        self.now = self.now.max(at);
        if let Some(obligation) = timer {
            self.feed(Input::TimerFired { obligation });
        }
        true
    }

    fn choose(&mut self, count: usize) -> usize {
        if self.seed == 0 {
            return 0;
        }
        // Knuth's MMIX generator: the upper bits are good enough to shuffle with.
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.seed >> 33).unwrap() % count
    }

    /// Feeds one input; the events that followed.
    pub fn feed(&mut self, input: Input) -> Vec<Event> {
        let before = self.state.clone();
        let decided = decide(&self.state, input.clone(), self.now);
        assert_eq!(self.state, before, "decide leaves the state alone");
        let events = transition(&mut self.state, input.clone(), self.now);
        assert_eq!(events, decided, "decide and transition agree");
        self.inputs.push((input, self.now));
        self.keep(&events);
        self.check();
        events
    }

    fn keep(&mut self, events: &[Event]) {
        for event in events {
            let last = self.log.last();
            assert_eq!(event.seq, last.map_or(1, |last| last.seq + 1), "no gaps");
            assert!(last.is_none_or(|last| !last.kind.is_terminal()), "nothing after the end");
            assert!(last.is_none_or(|last| last.time <= event.time), "time goes on");
            let text = serde_json::to_string(event).unwrap();
            let read: Event = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
            assert_eq!(&read, event, "the log's text tells the same");
            evolve(&mut self.shadow, &read);
            self.log.push(event.clone());
        }
    }

    fn check(&self) {
        assert_eq!(self.shadow, self.state, "the log tells the whole state");
        let due = self.state.due();
        let ids: BTreeSet<_> = due.iter().map(|due| &due.id).collect();
        assert_eq!(ids.len(), due.len(), "ids are unique");
        for Obligation { id, duty } in &due {
            let is_call = matches!(duty, Duty::Call { .. });
            assert_eq!(self.state.activity(id).is_some(), is_call, "{id} is described");
            let child = self.state.child(id);
            assert_eq!(child.is_some(), matches!(duty, Duty::Child { .. }), "{id} is described");
            let ids = child.iter().map(|child| child.execution_id.clone());
            assert!(ids.into_iter().all(|child| self.state.waits_for(&child)), "{id} is waited for");
        }
        let mut ended_steps = self.state.steps.values().filter(|run| run.outcome.is_some());
        assert!(ended_steps.all(|run| run.work == Work::Inner), "what ended lets go of its work");
        let ended = self.log.last().is_some_and(|last| last.kind.is_terminal());
        assert_eq!(self.state.phase() == Phase::Ended, ended);
    }

    /// Answers one open obligation; the events that followed.
    pub fn give(&mut self, id: &str, answer: Answer) -> Vec<Event> {
        let obligation = self.id(id);
        self.feed(Input::Outcome { obligation, result: Box::new(answer.outcome()) })
    }

    /// Dies and comes back: what is left of the run is its log.
    pub fn crash(&mut self) {
        self.state = recover(run_id(), Arc::clone(self.state.program()), &self.log);
        self.feed(Input::Recovered);
    }

    /// Comes back with a log that another process wrote.
    pub fn take_over(&mut self, log: Vec<Event>) {
        self.now = log.last().map_or(self.now, |last| last.time);
        log.iter().for_each(|event| evolve(&mut self.shadow, event));
        self.log = log;
        self.crash();
    }

    /// Shuts down in order, with everything that is due under way, and comes back.
    pub fn restart(&mut self) {
        let obligations = self.state.due().into_iter().map(|due| due.id).collect();
        self.feed(Input::Interrupted { obligations });
        assert!(self.open_calls().is_empty(), "nothing is begun after that");
        self.crash();
    }

    /// Ids of the open calls.
    pub fn open_calls(&self) -> Vec<String> {
        let due = self.state.due().into_iter();
        due.filter(|due| matches!(due.duty, Duty::Call { .. })).map(|due| due.id.to_string()).collect()
    }

    /// The open obligation of that id.
    pub fn due(&self, id: &str) -> Duty {
        let due = self.state.due().into_iter();
        let mut found = due.filter(|due| due.id.as_str() == id).map(|due| due.duty);
        found.next().unwrap_or_else(|| panic!("{id} is not due"))
    }

    /// The id of an open obligation.
    pub fn id(&self, id: &str) -> ObligationId {
        let mut due = self.state.due().into_iter().map(|due| due.id);
        due.find(|due| due.as_str() == id).unwrap_or_else(|| panic!("{id} is not due"))
    }

    pub fn view(&self) -> ExecutionView {
        ExecutionView::fold(ExecutionId::from_uuid(1), &self.log).unwrap()
    }
}
