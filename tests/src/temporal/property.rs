//! Generated definitions of every step kind come to the same on both engines: the same projection, as
//! the log tells it and as the row has it, and the same log but for who was faster. And what Temporal
//! keeps of them can be gone through again.

use std::collections::BTreeSet;
use std::sync::Mutex;

use magone_core::execution::{Decision, Event, EventKind, ExecutionView, RunState, Verdict};
use magone_core::ids::ExecutionId;
use magone_core::json::Json;
use magone_core::ports::Engine;
use magone_core::workflow::StepKind;
use magone_engine::EmbeddedEngine;
use serde_json::{Value, json};

use super::generate::{self, Generated};
use super::told;
use super::world::{World, asked_of};
use crate::harness::{block_on, seeds, until};

/// Definitions of a seed.
const DEFINITIONS: u64 = 64;

/// How many of them are under way at the same time.
const AT_ONCE: usize = 16;

#[test]
fn generated_definitions_come_to_the_same_on_both_engines() {
    let states = Mutex::new(BTreeSet::new());
    for seed in 0..seeds(1) {
        let world = World::new();
        let embedded = world.embedded();
        let numbers = Mutex::new(seed * DEFINITIONS..(seed + 1) * DEFINITIONS);
        let next = || numbers.lock().unwrap().next();
        std::thread::scope(|scope| {
            for _ in 0..AT_ONCE {
                scope.spawn(|| {
                    while let Some(number) = next() {
                        let state = check(&world, &embedded, &generate::definition(number));
                        states.lock().unwrap().insert(state);
                    }
                });
            }
        });
    }
    let all = [RunState::TimedOut, RunState::BudgetExceeded, RunState::Completed, RunState::Failed];
    assert_eq!(states.into_inner().unwrap(), BTreeSet::from(all), "runs come to every end");
}

/// How it ended, on both.
fn check(world: &World, embedded: &EmbeddedEngine, generated: &Generated) -> RunState {
    let engines: [&dyn Engine; 2] = [&world.engine, embedded];
    let runs = engines.map(|engine| {
        let run = asked_of(&generated.program, json!("hello"));
        (engine, world.begin(engine, run))
    });
    let [ours, theirs] = runs.each_ref().map(|(engine, id)| {
        let view = attend(world, *engine, id, generated);
        (view.state, tell(world, generated, id, &view))
    });
    if let Some((ours, theirs)) = ours.1.iter().zip(&theirs.1).find(|(ours, theirs)| ours != theirs) {
        panic!("{}\nTemporal: {ours}\nembedded: {theirs}", generated.document);
    }
    assert_eq!(ours.1.len(), theirs.1.len(), "{}", generated.document);
    let again = magone_temporal::replay(&world.history(&runs[0].1));
    again.unwrap_or_else(|error| panic!("{error}: {}", generated.document));
    ours.0
}

/// Decides what the run asks for, by the first word of the question, until it ends.
fn attend(world: &World, engine: &dyn Engine, id: &ExecutionId, generated: &Generated) -> ExecutionView {
    until(&format!("{id} ends: {}", generated.document), || {
        let view = world.watched(id)?;
        if view.state == RunState::WaitingApproval {
            for (approval, decision) in open(&world.log(id)) {
                let data = Some(Json::new(json!({"n": 1})));
                let decision = Decision { decision, data, comment: None, by: Some("usr_1".to_owned()) };
                block_on(engine.decide(id.clone(), approval, decision)).unwrap();
            }
        }
        view.state.is_terminal().then_some(view)
    })
}

/// What the run asks for, and what it is to be answered.
fn open(log: &[Event]) -> Vec<(String, Verdict)> {
    let resolved = |approval: &str| {
        log.iter().any(|event| {
            matches!(&event.kind, EventKind::ApprovalResolved { approval_id, .. } if approval_id == approval)
        })
    };
    let asked = log.iter().filter_map(|event| match &event.kind {
        EventKind::ApprovalRequired { approval_id, prompt, .. } => match prompt.split(' ').next() {
            Some("Approve") => Some((approval_id.clone(), Verdict::Approve)),
            Some("Reject") => Some((approval_id.clone(), Verdict::Reject)),
            _ => None,
        },
        _ => None,
    });
    asked.filter(|(approval, _)| !resolved(approval)).collect()
}

/// What is to be the same: the log, those of the children, the projection and the row.
fn tell(world: &World, generated: &Generated, id: &ExecutionId, view: &ExecutionView) -> Vec<Value> {
    let log = world.log(id);
    let mut told = if generated.side_by_side { told::steps(&log) } else { told::log(&log) };
    told.extend(children(&log).iter().flat_map(|child| told::log(&world.log(child))));
    told.extend([told::view(view), told::view(&world.row(id))]);
    told
}

/// The children that began and were waited for to their end, by their steps. How far others came is a
/// matter of time.
fn children(log: &[Event]) -> Vec<ExecutionId> {
    let mut ended: Vec<_> = log
        .iter()
        .filter_map(|event| match &event.kind {
            EventKind::ChildEnded { step, execution_id, steps: 1.., .. } => Some((step, execution_id)),
            _ => None,
        })
        .collect();
    ended.sort();
    ended.into_iter().map(|(_, child)| child.clone()).collect()
}

#[test]
fn every_kind_of_step_is_generated() {
    let mut kinds: Vec<&str> = (0..DEFINITIONS)
        .flat_map(|number| {
            let generated = generate::definition(number);
            let steps = &generated.program.definition().steps;
            steps.iter().map(|step| step.kind.name()).collect::<Vec<_>>()
        })
        .collect();
    kinds.sort_unstable();
    kinds.dedup();
    let mut all = StepKind::NAMES;
    all.sort_unstable();
    assert_eq!(kinds, all);
}
