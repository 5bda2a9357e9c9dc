//! SIGTERM: nothing new is taken on, what runs may finish, and what cannot goes on at the next start.

use serde_json::json;

use crate::harness::mock::Reply;
use crate::harness::{Mock, Setup, chain, until};

#[test]
fn what_runs_may_finish_and_nothing_new_begins() {
    let mock = Mock::start(|_| Reply::held("said"));
    let setup = Setup::new().models(&mock).tenant("acme");
    let server = setup.workflow("acme", "chain", &chain(1, "openai/mock")).start();
    let api = server.api("acme");
    let id = api.start("chain", &json!({"input": "x"}));
    let stream = server.events("acme", &id);
    mock.wait_for(1);
    server.terminate();
    let refused = until("the server says that it goes", || {
        Some(api.get("/readyz")).filter(|ready| ready.status != 200)
    });
    refused.problem(503, "draining");
    assert!(refused.header("retry-after").unwrap().parse::<u32>().is_ok());
    let refused = api.post("/api/v1/external/execute/chain/async", &json!({"input": "y"}));
    refused.problem(503, "draining");
    assert!(refused.header("retry-after").unwrap().parse::<u32>().is_ok());
    assert_eq!(api.execution(&id)["status"], "running", "reading goes on");
    stream.rest();
    mock.release();
    let setup = server.setup().clone();
    assert_eq!(server.wait().code(), Some(0));
    let server = setup.start();
    assert_eq!(server.api("acme").execution(&id)["status"], "completed");
    assert_eq!(mock.count(), 1, "it was finished before the end");
}

#[test]
fn what_cannot_finish_in_time_goes_on_at_the_next_start() {
    let mock = Mock::start(|call| match call.place {
        0 => Reply::Silence,
        _ => Reply::Say("said".to_owned()),
    });
    let setup = Setup::new().models(&mock).env("MAGONE_DRAIN_SECONDS", "0").tenant("acme");
    let server = setup.workflow("acme", "chain", &chain(2, "openai/mock")).start();
    let id = server.api("acme").start("chain", &json!({"input": "x"}));
    mock.wait_for(1);
    let setup = server.setup().clone();
    server.terminate();
    assert_eq!(server.wait().code(), Some(0));
    mock.wait_for_hang_up(1);
    let server = setup.start();
    let api = server.api("acme");
    let view = api.ended(&id);
    assert_eq!([&view["status"], &view["result"]["content"]], ["completed", "said"]);
    let reasons: Vec<_> = api.log(&id).iter().map(|event| event["data"]["reason"].clone()).collect();
    assert!(reasons.contains(&json!("resumed")) && !reasons.contains(&json!("in_doubt")), "{reasons:?}");
    assert_eq!(mock.count(), 3);
}

/// D5: a hundred callers wait and a thousand readers read.
#[test]
fn a_full_house_is_told_and_leaves_in_time() {
    let mock = Mock::start(|_| Reply::Silence);
    let definition = chain(1, "openai/mock");
    let setup = Setup::new().models(&mock).env("MAGONE_DRAIN_SECONDS", "2").tenant("acme").tenant("beta");
    // A tenant has a hundred runs at a time: those who read look at another one's.
    let server = setup.workflow("acme", "chain", &definition).workflow("beta", "chain", &definition).start();
    let id = server.api("beta").start("chain", &json!({"input": "x"}));
    mock.wait_for(1);
    let streams: Vec<_> = (0..1_000).map(|_| server.events("beta", &id)).collect();
    for stream in &streams {
        assert!(stream.next().is_some(), "it is read");
    }
    let calls: Vec<_> = (0..100)
        .map(|_| {
            let api = server.api("acme");
            std::thread::spawn(move || api.execute("chain", &json!({"input": "x"})))
        })
        .collect();
    mock.wait_for(101);
    let api = server.api("acme");
    server.terminate();
    let refused = until("the server says that it goes", || {
        Some(api.get("/readyz")).filter(|ready| ready.status != 200)
    });
    refused.problem(503, "draining");
    for stream in streams {
        stream.rest();
    }
    let ids: Vec<_> = calls
        .into_iter()
        .map(|call| call.join().unwrap().expect(202).json()["execution_id"].as_str().unwrap().to_owned())
        .collect();
    let setup = server.setup().clone();
    assert_eq!(server.wait().code(), Some(0));
    let server = setup.start();
    for id in ids {
        let view = server.api("acme").execution(&id);
        assert_eq!(view["status"], "running", "it goes on: {view}");
    }
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let mock = Mock::start(|_| Reply::Silence);
    let setup = Setup::new().models(&mock).env("MAGONE_DRAIN_SECONDS", "3600").tenant("acme");
    let server = setup.workflow("acme", "chain", &chain(1, "openai/mock")).start();
    let api = server.api("acme");
    let id = api.start("chain", &json!({"input": "x"}));
    mock.wait_for(1);
    server.terminate();
    until("the server says that it goes", || (api.get("/readyz").status == 503).then_some(()));
    server.terminate();
    let setup = server.setup().clone();
    assert_eq!(server.wait().code(), Some(1));
    assert_eq!(setup.start().api("acme").execution(&id)["status"], "running", "nothing is lost");
}
