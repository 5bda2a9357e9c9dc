//! Workers and Temporal itself die, and runs go on.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

use magone_core::execution::RunState;
use magone_core::ports::{Engine, EngineError};
use serde_json::json;

use super::world::{World, asked};
use crate::harness::dev::{self, Dev};
use crate::harness::{block_on, until};

/// A worker in a process of its own. It says on its standard output what it begins.
struct Process {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Process {
    /// `mode` is what it does with an activity: `hold` it for ever, or `answer`.
    fn start(world: &World, mode: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_temporal-worker"));
        command.arg(dev::host()).arg(&world.address.task_queue).arg(world.database()).arg(mode);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        Self { child, said }
    }

    /// The idempotency key of the next activity that it begins.
    fn begins(&mut self) -> String {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    fn kill9(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_run_whose_worker_is_killed_goes_on_under_the_same_key() {
    let world = World::without_worker();
    let id = world.start(json!([
        {"id": "a", "type": "tool", "tool": "any", "next": "b"},
        {"id": "b", "type": "tool", "tool": "any"},
    ]));
    let mut first = Process::start(&world, "hold");
    let begun = first.begins();
    assert_eq!(begun, format!("{id}:a#call@1"));
    first.kill9();
    let mut second = Process::start(&world, "answer");
    assert_eq!(second.begins(), begun);
    assert_eq!(second.begins(), format!("{id}:b#call@1"));
    assert_eq!(world.ended(&id).state, RunState::Completed);
    let doubts = world.names(&id).into_iter().filter(|name| name == "step.retrying InDoubt").count();
    assert_eq!(doubts, 1);
}

#[test]
fn a_step_that_kills_two_workers_is_quarantined() {
    let world = World::without_worker();
    let id = world.start(json!([{"id": "a", "type": "tool", "tool": "any"}]));
    for _ in 0..2 {
        let mut worker = Process::start(&world, "hold");
        assert_eq!(worker.begins(), format!("{id}:a#call@1"));
        worker.kill9();
    }
    let _third = Process::start(&world, "answer");
    let view = world.ended(&id);
    assert_eq!(view.code.unwrap().as_str(), "quarantined");
}

#[test]
fn an_orderly_stop_gives_the_activity_to_another_worker_without_a_doubt() {
    let mut world = World::new();
    let id = world.start(json!([{"id": "a", "type": "tool", "tool": "test.hold"}]));
    until("the activity is under way", || world.hand.noted("a#call@1"));
    world.stop_worker();
    until("it was let go", || world.hand.noted("a#call@1 stopped"));
    let mut other = Process::start(&world, "answer");
    assert_eq!(other.begins(), format!("{id}:a#call@1"));
    assert_eq!(world.ended(&id).state, RunState::Completed);
    assert!(!world.names(&id).iter().any(|name| name.starts_with("step.retrying")));
}

#[test]
fn a_server_that_was_away_takes_its_runs_up_again() {
    let mut dev = Dev::own();
    let world = World::on(dev.queue());
    let steps = json!([
        {"id": "pause", "type": "wait", "seconds": 2, "next": "after"},
        {"id": "after", "type": "tool", "tool": "test.echo", "arguments": {}},
    ]);
    let id = world.start(steps.clone());
    until("the run waits for its timer", || {
        world.names(&id).contains(&"timer.started".to_owned()).then_some(())
    });
    dev.stop();
    let refused = block_on(world.engine.start(asked(steps.clone(), json!("hello"))));
    assert!(matches!(refused, Err(EngineError::Unreachable(_))), "{refused:?}");
    let refused = block_on(world.engine.cancel(id.clone(), None));
    assert!(matches!(refused, Err(EngineError::Unreachable(_))), "{refused:?}");
    dev.start_again();
    assert_eq!(world.ended(&id).state, RunState::Completed);
    assert_eq!(world.ended(&world.start(steps)).state, RunState::Completed);
}
