//! A1: fifty callers with one key get one run, whatever the moment and the way they ask. D3: whoever
//! lost the answer, because a client or a server died, gets the run with the same key.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::mock::Reply;
use crate::harness::{Answer, Api, Mock, Server, Setup, block_on, chain, raw};

const CALLERS: usize = 50;
const CHAIN: &str = "/api/v1/external/execute/chain";

fn setup(mock: &Mock) -> Setup {
    let setup = Setup::new().models(mock).tenant("acme").tenant("rival");
    let setup = setup.workflow("acme", "chain", &chain(1, "openai/mock"));
    setup.workflow("rival", "chain", &chain(1, "openai/mock"))
}

fn body() -> Value {
    json!({"input": "x", "context": {"a": 1, "b": [2]}, "session_id": "mine"})
}

/// As many at once as there are callers; every second one does not wait.
fn all_at_once(api: &Api, key: &str) -> Vec<Answer> {
    let calls = (0..CALLERS).map(|place| {
        let path = if place % 2 == 0 { CHAIN.to_owned() } else { format!("{CHAIN}/async") };
        let call = api.call("POST", &path).header("idempotency-key", key).json(&body());
        async move { call.try_send().await.unwrap() }
    });
    let tasks: Vec<_> = block_on(async { calls.map(tokio::spawn).collect() });
    tasks.into_iter().map(|task| block_on(task).unwrap()).collect()
}

fn ids(answers: &[Answer]) -> BTreeSet<String> {
    let id = |answer: &Answer| {
        assert!([200, 202].contains(&answer.status), "{}", answer.text);
        answer.json()["execution_id"].as_str().unwrap().to_owned()
    };
    answers.iter().map(id).collect()
}

fn started(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.header("idempotency-replayed").is_none()).count()
}

#[test]
fn fifty_callers_with_one_key_get_one_run() {
    let mock = Mock::saying("said");
    let mut server = setup(&mock).start();
    let answers = all_at_once(&server.api("acme"), "order-7");
    let found = ids(&answers);
    assert_eq!((found.len(), started(&answers), mock.count()), (1, 1, 1), "{found:?}");
    let id = found.first().unwrap().clone();
    let end = server.api("acme").ended(&id);
    for answer in answers.iter().filter(|answer| answer.status == 200) {
        assert_eq!(answer.json(), end);
    }
    // Later, and after a crash.
    for _ in 0..2 {
        let again = all_at_once(&server.api("acme"), "order-7");
        assert_eq!((ids(&again).first(), started(&again)), (Some(&id), 0));
        assert!(again.iter().all(|answer| answer.status == 200 && answer.json() == end));
        let other = server.api("acme").call("POST", CHAIN).header("idempotency-key", "order-7");
        other.json(&json!({"input": "y"})).send().problem(422, "idempotency_mismatch");
        server.restart();
    }
    assert_eq!(mock.count(), 1);
    // Another tenant's same key, session, slug and body are its own.
    let theirs = all_at_once(&server.api("rival"), "order-7");
    assert_eq!((ids(&theirs).len(), started(&theirs), mock.count()), (1, 1, 2));
    assert!(!ids(&theirs).contains(&id), "nothing is shared");
    for (slug, own) in [("acme", &id), ("rival", ids(&theirs).first().unwrap())] {
        let page = server.api(slug).get("/api/v1/external/executions?session_id=mine").expect(200).json();
        let found: Vec<_> =
            page["executions"].as_array().unwrap().iter().map(|run| &run["execution_id"]).collect();
        assert_eq!(found, [own.as_str()]);
    }
}

fn call_and_leave(server: &Server) -> std::net::TcpStream {
    let key = &server.tenant("acme").key;
    let headers =
        [("X-API-Key", key.as_str()), ("Content-Type", "application/json"), ("Idempotency-Key", "order-8")];
    let mut socket = raw::connect(server.url());
    raw::send(&mut socket, raw::request("POST", CHAIN, &headers, &body().to_string()).as_bytes());
    socket
}

fn call_again(server: &Server) -> Answer {
    let call = server.api("acme").call("POST", CHAIN).header("idempotency-key", "order-8");
    call.json(&body()).send().expect(200)
}

#[test]
fn a_client_that_went_comes_back_with_its_key() {
    let mock = Mock::start(|_| Reply::held("said"));
    let server = setup(&mock).start();
    let client = call_and_leave(&server);
    let id = mock.wait_for(1).execution().to_owned();
    drop(client);
    mock.release();
    let answer = call_again(&server);
    assert_eq!([&answer.json()["execution_id"], &answer.json()["result"]["content"]], [id.as_str(), "said"]);
    assert_eq!((answer.header("idempotency-replayed"), mock.count()), (Some("true"), 1));
}

#[test]
fn the_clients_of_a_dead_server_come_back_with_their_key() {
    let mock = Mock::start(|_| Reply::held("said"));
    let mut server = setup(&mock).start();
    let mut client = call_and_leave(&server);
    let id = mock.wait_for(1).execution().to_owned();
    server.restart();
    assert_eq!(raw::read_to_end(&mut client), "", "a dead server answers nothing");
    mock.release();
    let answer = call_again(&server);
    assert_eq!([&answer.json()["execution_id"], &answer.json()["result"]["content"]], [id.as_str(), "said"]);
    assert_eq!(answer.header("idempotency-replayed"), Some("true"));
    let counts: Vec<_> = mock.by_key().into_values().collect();
    assert_eq!(counts, [2], "the call in doubt is made again under its own key, and no other run makes any");
}
