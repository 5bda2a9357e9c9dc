//! A run and its child: whatever dies, and whenever, there is one child, and both come to their end.

use magone_engine::Point;
use serde_json::json;

use crate::harness::mock::Reply;
use crate::harness::{Api, Mock, Server, Setup, block_on, chain, until};

/// More boundaries of one kind than two runs have.
const TOO_MANY: u32 = 30;

/// Runs the chain, and says what it said.
const PARENT: &str = "
id: parent
entry_step: sub
steps:
  - { id: sub, type: workflow, workflow: chain, input: '{{ input }}', next: last }
  - { id: last, type: transform, value: 'It said {{ steps.sub.output }}' }
";

/// Fails as soon as its second branch is answered, whatever the child does.
const HASTY: &str = "
id: hasty
entry_step: both
steps:
  - { id: both, type: parallel, branches: [sub, ask] }
  - { id: sub, type: workflow, workflow: chain, input: child }
  - { id: ask, type: llm, model: openai/mock, prompt: stop, next: stop }
  - { id: stop, type: fail, code: enough, message: Enough }
";

fn setup() -> Setup {
    let setup = Setup::new().tenant("acme").workflow("acme", "chain", &chain(2, "openai/mock"));
    setup.workflow("acme", "parent", PARENT).workflow("acme", "hasty", HASTY)
}

fn children(api: &Api, id: &str) -> Vec<String> {
    let log = api.log(id);
    let started = log.iter().filter(|event| event["type"] == "child.started");
    started.map(|event| event["data"]["execution_id"].as_str().unwrap().to_owned()).collect()
}

/// Every run that there is and that has no parent.
fn runs(api: &Api) -> Vec<String> {
    let page = api.get("/api/v1/external/executions").expect(200).json();
    let runs = page["executions"].as_array().unwrap();
    runs.iter().map(|run| run["execution_id"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_process_dies_everywhere_and_there_is_one_child() {
    let setup = setup();
    for point in Point::ALL.into_iter().filter(|point| *point != Point::BeforeRecovery) {
        let mut deaths = 0;
        for nth in 1..TOO_MANY {
            let mock = Mock::saying("yes");
            let setup = setup.copy().models(&mock);
            let at = format!("{}:{nth}", point.name());
            let server = setup.clone().env("MAGONE_BREAKPOINT", &at).start();
            let start = server.api("acme").call("POST", "/api/v1/external/execute/parent/async");
            let _ = block_on(start.json(&json!({"input": "x"})).try_send());
            if !dies(server) {
                break;
            }
            deaths += 1;
            println!("died at {at}");
            assert_one_child(&setup.start(), &mock, point, nth);
        }
        assert!(deaths > 0, "no run reaches {}", point.name());
    }
}

/// Whether the process dies before the run comes to its end.
fn dies(mut server: Server) -> bool {
    let api = server.api("acme");
    until("the run ends or the process dies", || {
        let over = || {
            let page = api.try_get("/api/v1/external/executions?status=completed")?.json();
            page["executions"].get(0).map(|_| ())
        };
        server.ended().map(|_| ()).or_else(over)
    });
    // An orderly end gets to every boundary that is left.
    if server.ended().is_none() {
        server.terminate();
    }
    !server.wait().success()
}

fn assert_one_child(server: &Server, mock: &Mock, point: Point, nth: u32) {
    let api = server.api("acme");
    let runs = runs(&api);
    if (point, nth) == (Point::BeforeFirstCommit, 1) {
        assert_eq!(runs, Vec::<String>::new());
        return;
    }
    let [id] = runs.try_into().expect("there is one run");
    let view = api.ended(&id);
    assert_eq!([&view["status"], &view["result"]["content"]], ["completed", "It said yes"], "{view}");
    let [child] = children(&api, &id).try_into().expect("there is one child");
    assert_eq!(api.ended(&child)["status"], "completed");
    let calls = mock.by_key();
    let keys = ["one", "two"].map(|step| format!("{child}:{step}#t1@1"));
    assert_eq!(calls.keys().collect::<Vec<_>>(), keys.iter().collect::<Vec<_>>(), "one key for each step");
    let log = api.log(&id);
    assert!(log.iter().all(|event| event["type"] != "step.retrying"), "no doubt about a child: {log:?}");
}

#[test]
fn a_child_whose_parent_ended_is_stopped_at_the_next_start() {
    let mock = Mock::start(|call| match call.act() {
        act if act.starts_with("one") => Reply::Silence,
        _ => Reply::held("said"),
    });
    // The parent's last commit is the first of all last ones: its child hangs.
    let setup = setup().models(&mock);
    let mut server = setup.clone().env("MAGONE_BREAKPOINT", "after-last-commit:1").start();
    let id = server.api("acme").start("hasty", &json!({"input": "x"}));
    mock.wait_for(2);
    mock.release();
    until("the process dies", || server.ended().map(|_| ()));
    let server = setup.start();
    let api = server.api("acme");
    assert_eq!(api.ended(&id)["code"], "enough");
    let [child] = children(&api, &id).try_into().unwrap();
    assert_eq!(api.ended(&child)["state"], "cancelled");
}

#[test]
fn a_shutdown_waits_for_no_child_and_the_next_start_goes_on() {
    let mock = Mock::start(|call| match call.place {
        0 => Reply::Silence,
        _ => Reply::Say("yes".to_owned()),
    });
    let setup = setup().models(&mock).env("MAGONE_DRAIN_SECONDS", "0");
    let server = setup.clone().start();
    let id = server.api("acme").start("parent", &json!({"input": "x"}));
    mock.wait_for(1);
    server.terminate();
    assert_eq!(server.wait().code(), Some(0));
    let server = setup.start();
    let api = server.api("acme");
    assert_eq!(api.ended(&id)["result"]["content"], "It said yes");
    let [child] = children(&api, &id).try_into().unwrap();
    let reasons: Vec<_> = api.log(&child).iter().map(|event| event["data"]["reason"].clone()).collect();
    assert!(reasons.contains(&json!("resumed")), "{reasons:?}");
    let names: Vec<_> = api.log(&id).iter().map(|event| event["type"].clone()).collect();
    assert!(!names.contains(&json!("step.retrying")), "{names:?}");
}
