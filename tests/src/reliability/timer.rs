//! Timers are durable: they fire after a crash, and never before their time.

use serde_json::json;

use crate::harness::Setup;

const DEFINITION: &str = "
id: rest
entry_step: wait
steps:
  - { id: wait, type: wait, seconds: 2, next: done }
  - { id: done, type: transform, value: rested }
";

#[test]
fn a_timer_outlives_the_process() {
    let setup = Setup::new().tenant("acme");
    let mut server = setup.workflow("acme", "rest", DEFINITION).start();
    let id = server.api("acme").start("rest", &json!({"input": "x"}));
    assert_eq!(server.api("acme").execution(&id)["state"], "waiting_timer");
    server.restart();
    let api = server.api("acme");
    let view = api.ended(&id);
    assert_eq!([&view["status"], &view["result"]["content"]], ["completed", "rested"]);
    let log = api.log(&id);
    let of = |name: &str| log.iter().filter(|event| event["type"] == name).collect::<Vec<_>>();
    let (started, fired) = (of("timer.started"), of("timer.fired"));
    assert_eq!((started.len(), fired.len()), (1, 1));
    let (due, at) = (started[0]["data"]["fire_at"].as_str().unwrap(), fired[0]["time"].as_str().unwrap());
    assert!(at >= due, "due at {due}, fired at {at}");
}
