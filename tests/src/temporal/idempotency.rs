//! Keys on Temporal: kept before a run is started, so that whoever comes with one a second time starts
//! nothing twice, whoever died in between.

use magone_core::execution::EventKind;
use magone_core::idempotency::Claim;
use magone_core::json::Json;
use magone_core::ports::{Engine, EngineError, StoreError};
use serde_json::json;

use super::world::{World, asked};
use crate::harness::block_on;

fn claim() -> Option<Claim> {
    Some(Claim { key: "order-7".to_owned(), fingerprint: "f".to_owned() })
}

#[test]
fn a_run_that_temporal_has_is_recorded_as_it_began() {
    let first = World::without_worker();
    let steps =
        json!([{"id": "a", "type": "tool", "tool": "test.echo", "arguments": {"said": "{{ input }}"}}]);
    let mut run = asked(steps, json!("hello"));
    run.claim = claim();
    first.begin(&first.engine, run.clone());
    // As if the process had died before the row: another one has nothing but the key's id.
    let second = World::on(first.address.clone());
    run.input = Json::new(json!("changed since"));
    let id = second.begin(&second.engine, run);
    assert!(second.ended(&id).result.is_some());
    let log = second.log(&id);
    let EventKind::ExecutionCreated { input, .. } = &log[0].kind else { panic!("{log:?}") };
    assert_eq!(**input, json!("hello"), "what it began with stands");
    assert_eq!(second.hand.notes(), ["a#call@1"]);
}

#[test]
fn a_key_is_one_runs() {
    let world = World::new();
    let run = || {
        let mut run = asked(json!([{"id": "a", "type": "tool", "tool": "test.echo"}]), json!("hello"));
        run.claim = claim();
        run
    };
    let id = world.begin(&world.engine, run());
    let refused = block_on(world.engine.start(run()));
    assert!(matches!(refused, Err(EngineError::Store(StoreError::Conflict(_)))), "{refused:?}");
    world.ended(&id);
    assert_eq!(world.hand.notes(), ["a#call@1"], "nothing was started for the second");
}
