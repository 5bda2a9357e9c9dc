//! D6: the way to PostgreSQL is slow, blocked or cut at the worst moment.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::{Value, json};

use super::outage::{assert_away, assert_done_once};
use crate::harness::mock::Reply;
use crate::harness::proxy::{Proxy, Way};
use crate::harness::{Api, Mock, Postgres, Server, Setup, chain, until};

const LIST: &str = "/api/v1/external/executions";
const START: &str = "/api/v1/external/execute/chain/async";

/// A server that reaches its database through a proxy, and gives a statement a second.
fn world(mock: &Mock) -> (Server, Proxy) {
    let setup = Setup::on(&Postgres::shared()).models(mock).tenant("acme");
    let setup = setup.workflow("acme", "chain", &chain(2, "openai/mock"));
    let proxy = Proxy::before(setup.data());
    let setup = setup.env("DATABASE_URL", proxy.url()).env("MAGONE_DATABASE_TIMEOUT_SECONDS", "1");
    (setup.start(), proxy)
}

fn starts(api: &Api) -> Option<String> {
    let answer = api.post(START, &json!({"input": "x"}));
    let id = || answer.json()["execution_id"].as_str().unwrap().to_owned();
    (answer.status == 202).then(id)
}

fn runs(api: &Api) -> Vec<Value> {
    api.get(LIST).expect(200).json()["executions"].as_array().unwrap().clone()
}

#[test]
fn what_takes_too_long_is_given_up_and_works_again_afterwards() {
    for way in [Way::Slow(Duration::from_secs(5)), Way::Blocked] {
        let mock = Mock::start(|_| Reply::held("said"));
        let (server, proxy) = world(&mock);
        let api = server.api("acme");
        let before = starts(&api).expect("the way is open");
        mock.wait_for(1);
        proxy.turn(way);
        assert_away(&api.get(LIST));
        assert_away(&api.post(START, &json!({"input": "x"})));
        assert_away(&server.anonymous().get("/readyz"));
        mock.release();
        until("the run cannot be written", || server.log().contains("commit failed").then_some(()));
        proxy.turn(Way::Open);
        let after = until("a run is acknowledged", || starts(&api));
        assert_done_once(&api, &mock, &BTreeSet::from([before, after]));
        until("the server is ready", || (server.anonymous().get("/readyz").status == 200).then_some(()));
    }
}

#[test]
fn a_start_that_was_written_although_nobody_could_tell_comes_to_its_end() {
    let mock = Mock::saying("said");
    let (server, proxy) = world(&mock);
    let api = server.api("acme");
    assert_eq!(runs(&api), Vec::<Value>::new());
    proxy.turn(Way::CutAtCommit);
    assert_away(&api.post(START, &json!({"input": "x"})));
    let [run] = runs(&api).try_into().expect("it was written");
    assert_done_once(&api, &mock, &BTreeSet::from([run["execution_id"].as_str().unwrap().to_owned()]));
    assert_eq!(mock.count(), 2);
}

#[test]
fn a_run_whose_commit_was_written_although_nobody_could_tell_goes_on() {
    let mock = Mock::start(|_| Reply::held("said"));
    let (server, proxy) = world(&mock);
    let api = server.api("acme");
    let id = starts(&api).expect("the way is open");
    mock.wait_for(1);
    proxy.turn(Way::CutAtCommit);
    mock.release();
    proxy.wait_for_cut();
    assert_done_once(&api, &mock, &BTreeSet::from([id.clone()]));
    let log = api.log(&id);
    let seqs: Vec<_> = log.iter().map(|event| event["seq"].as_u64().unwrap()).collect();
    assert_eq!(seqs, (1..=u64::try_from(log.len()).unwrap()).collect::<Vec<_>>());
}
