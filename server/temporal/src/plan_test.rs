use magone_core::activity::ActivityOutput;
use magone_core::execution::Usage;
use magone_core::interpreter::ObligationId;
use magone_core::json::Json;
use serde_json::{Value, json};

use super::*;
use crate::shell::tests::{at, begun, run_input};
use crate::shell::{Outcome, Wake};

/// Numbers that are the same for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % sides
    }
}

/// Sequences side by side, with attempts, pauses and items, that end in one step.
fn flow(dice: &mut Dice) -> Value {
    let branches: Vec<String> = (0..=dice.below(4)).map(|n| format!("b{n}")).collect();
    let mut steps = vec![json!({
        "id": "all", "type": "parallel", "branches": branches, "next": "end",
        "fail": (["fast", "wait"][dice.below(2)]), "on_error": "continue"})];
    for id in &branches {
        let next = format!("{id}_next");
        let retry = json!({"max_attempts": 1 + dice.below(3), "initial_interval_ms": 1 + dice.below(9_000)});
        steps.push(json!({"id": id, "type": "tool", "tool": "x.y", "retry": retry, "next": next}));
        steps.push(match dice.below(4) {
            0 => json!({"id": next, "type": "wait", "seconds": dice.below(90)}),
            1 => json!({"id": next, "type": "tool", "tool": "x.y", "timeout_seconds": 5}),
            2 => json!({"id": next, "type": "workflow", "workflow": "other",
                        "retry": {"max_attempts": 1 + dice.below(3), "initial_interval_ms": 50}}),
            _ => json!({"id": next, "type": "map", "items": [1, 2, 3], "max_concurrency": 2,
                        "steps": [format!("{id}_each")]}),
        });
        if steps.last().unwrap()["type"] == "map" {
            steps.push(json!({"id": format!("{id}_each"), "type": "tool", "tool": "x.y"}));
        }
    }
    steps.push(json!({"id": "end", "type": "transform", "value": "{{ steps.all.output }}"}));
    Value::from(steps)
}

/// Temporal and the database, as they may behave.
struct World {
    shell: Shell,
    dice: Dice,
    now: Timestamp,
    open: Vec<Act>,
    stored: u64,
}

impl World {
    fn store(&mut self, events: &[Event]) {
        let (Some(first), Some(last)) = (events.first(), events.last()) else { return };
        assert!(first.seq <= self.stored + 1, "events {} to {} leave a gap", self.stored + 1, first.seq);
        self.stored = self.stored.max(last.seq);
    }

    fn begin(&mut self) {
        for act in self.shell.plan(self.now, 1) {
            match act {
                Act::Stop(id) => self.stop(&id),
                act => self.open.push(act),
            }
        }
        let mut names: Vec<&str> =
            self.open.iter().filter_map(|act| name(act).map(ObligationId::as_str)).collect();
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all, "begun twice");
    }

    fn stop(&mut self, id: &ObligationId) {
        let place = self.open.iter().position(|act| name(act) == Some(id)).expect("it is under way");
        let wake = match self.open.swap_remove(place) {
            Act::Call { id, input, .. } => {
                if self.dice.below(2) == 0 {
                    self.store(&input.events);
                }
                Wake::Call(id, Outcome::Stopped)
            }
            Act::Timer { id, .. } => Wake::Timer(id, false),
            Act::Prepare { id, input } => {
                if self.dice.below(2) == 0 {
                    self.store(&input.events);
                }
                Wake::Prepared(id, Err("stopped".to_owned()))
            }
            Act::Child { id, .. } => Wake::Child(id, Err("stopped".to_owned())),
            other => panic!("{other:?} cannot be stopped"),
        };
        self.shell.take(wake, self.now);
    }

    fn child(&mut self, id: ObligationId) -> Wake {
        let failed = |code| Err(Failure::new(code, "no"));
        let outcome = match self.dice.below(5) {
            0 => return Wake::Child(id, Err("terminated".to_owned())),
            1 => failed(ErrorCode::ProviderError),
            2 => failed(ErrorCode::Cancelled),
            n => Ok(Json::new(json!(n))),
        };
        Wake::Child(id, Ok(ChildEnd { outcome, usage: Usage::default(), steps: 1 }))
    }

    fn turn(&mut self) {
        let place = self.dice.below(self.open.len());
        let is_deadline = name(&self.open[place]).is_some_and(|id| id.as_str() == "#deadline");
        if is_deadline && self.dice.below(20) > 0 {
            return;
        }
        let wake = match self.open.swap_remove(place) {
            Act::Timer { id, in_ms } => {
                self.now = self.now.plus_millis(in_ms);
                Wake::Timer(id, true)
            }
            Act::Call { id, input, .. } => {
                let fate = self.dice.below(9);
                if fate > 1 {
                    self.store(&input.events);
                }
                let refused = Failure::new(ErrorCode::ToolFailed, "no");
                Wake::Call(
                    id,
                    match fate {
                        0 | 2 => Outcome::Gone,
                        1 | 3 => Outcome::TooSlow,
                        4 => Outcome::Done(Err(ActivityError::transient(refused))),
                        5 => Outcome::Done(Err(ActivityError::permanent(refused))),
                        _ => Outcome::Done(Ok(ActivityOutput::ExecuteTool { output: json!(fate) })),
                    },
                )
            }
            Act::Prepare { id, input } => {
                let fate = self.dice.below(6);
                if fate > 0 {
                    self.store(&input.events);
                }
                let refused = Failure::new(ErrorCode::DefinitionError, "no");
                Wake::Prepared(
                    id,
                    match fate {
                        0 => Err("no such activity".to_owned()),
                        1 => Ok(Err(refused)),
                        _ => {
                            Ok(Ok(Box::new(run_input(json!([{"id": "a", "type": "transform", "value": 1}])))))
                        }
                    },
                )
            }
            Act::Child { id, .. } => self.child(id),
            Act::Record(input) => {
                self.store(&input.events);
                Wake::Recorded(Ok(()))
            }
            Act::Stop(_) => unreachable!("stopped at once"),
        };
        self.shell.take(wake, self.now);
    }
}

fn name(act: &Act) -> Option<&ObligationId> {
    match act {
        Act::Timer { id, .. }
        | Act::Call { id, .. }
        | Act::Prepare { id, .. }
        | Act::Child { id, .. }
        | Act::Stop(id) => Some(id),
        Act::Record(_) => None,
    }
}

#[test]
fn whatever_is_lost_all_events_are_stored_in_order_and_the_run_ends() {
    for seed in 0..500 {
        let mut dice = Dice(seed);
        let shell = begun(flow(&mut dice));
        let mut world = World { shell, dice, now: at(0), open: Vec::new(), stored: 0 };
        let end = (0..5_000).find_map(|turn| {
            world.begin();
            if turn == 30 && world.dice.below(4) == 0 {
                world.shell.take(Wake::Cancel(None), world.now);
                world.begin();
            }
            let end = world.shell.ended().unwrap();
            if end.is_none() {
                assert!(!world.open.is_empty(), "seed {seed}: nothing can happen any more");
                world.turn();
            }
            end
        });
        let end = end.unwrap_or_else(|| panic!("seed {seed}: the run does not end"));
        assert_eq!(end.last_seq, world.stored, "seed {seed}");
    }
}
