//! D6: PostgreSQL goes away and comes back, and the server stays. Callers get 503 with `Retry-After`,
//! nothing that was acknowledged is lost, and nothing is done twice.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use crate::harness::mock::Reply;
use crate::harness::{Answer, Api, Data, Mock, Postgres, Setup, block_on, chain, magone, until};

const CALLERS: usize = 8;
const START: &str = "/api/v1/external/execute/chain/async";
const LIST: &str = "/api/v1/external/executions";

/// Asserts what a caller gets while the database is away.
#[track_caller]
pub(super) fn assert_away(answer: &Answer) {
    answer.problem(503, "overloaded");
    assert!(answer.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
}

/// Asserts that every step reached the provider once, and waits for each run's end.
pub(super) fn assert_done_once(api: &Api, mock: &Mock, ids: &BTreeSet<String>) {
    for id in ids {
        let view = api.ended(id);
        assert_eq!(view["status"], "completed", "{view}");
    }
    let twice: Vec<_> = mock.by_key().into_iter().filter(|(_, count)| *count != 1).collect();
    assert_eq!(twice, [], "no process died, so nothing is in doubt");
}

/// Clients that start runs, whatever they are answered, until they are told to stop.
struct Load {
    acknowledged: Arc<Mutex<BTreeSet<String>>>,
    refused: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Load {
    fn start(api: &Api) -> Self {
        let acknowledged = Arc::<Mutex<BTreeSet<String>>>::default();
        let (refused, over) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let caller = |_| {
            let (api, acknowledged) = (api.clone(), Arc::clone(&acknowledged));
            let (refused, over) = (Arc::clone(&refused), Arc::clone(&over));
            async move {
                while !over.load(Ordering::SeqCst) {
                    let call = api.call("POST", START).json(&json!({"input": "x"}));
                    let answer = call.try_send().await.unwrap();
                    if answer.status == 202 {
                        let id = answer.json()["execution_id"].as_str().unwrap().to_owned();
                        acknowledged.lock().unwrap().insert(id);
                    } else {
                        assert_away(&answer);
                        refused.fetch_add(1, Ordering::SeqCst);
                    }
                }
            }
        };
        let tasks = block_on(async { (0..CALLERS).map(caller).map(tokio::spawn).collect() });
        Self { acknowledged, refused, over, tasks }
    }

    fn wait_for_acknowledged(&self, more: usize) {
        let count = || self.acknowledged.lock().unwrap().len();
        let enough = count() + more;
        until("runs are acknowledged", || (count() >= enough).then_some(()));
    }

    fn wait_for_refused(&self, times: usize) {
        until("callers are refused", || (self.refused.load(Ordering::SeqCst) >= times).then_some(()));
    }

    fn finish(self) -> BTreeSet<String> {
        self.over.store(true, Ordering::SeqCst);
        for task in self.tasks {
            block_on(task).unwrap();
        }
        self.acknowledged.lock().unwrap().clone()
    }
}

#[test]
fn postgres_is_stopped_and_started_under_load() {
    let postgres = Postgres::start();
    let mock = Mock::saying("said");
    let setup = Setup::on(&postgres).models(&mock).tenant("acme");
    let mut server = setup.workflow("acme", "chain", &chain(2, "openai/mock")).start();
    let api = server.api("acme");
    let load = Load::start(&api);
    for times in 1..=2 {
        load.wait_for_acknowledged(50);
        postgres.stop();
        load.wait_for_refused(times * 20);
        assert_away(&server.anonymous().get("/readyz"));
        postgres.start_again();
        until("the server is ready", || (server.anonymous().get("/readyz").status == 200).then_some(()));
    }
    load.wait_for_acknowledged(50);
    let acknowledged = load.finish();
    until("every run ends, promised or not", || {
        let page = api.get(&format!("{LIST}?limit=1&status=running")).expect(200).json();
        page["executions"].as_array().unwrap().is_empty().then_some(())
    });
    assert!(server.ended().is_none(), "the process is the same");
    assert_done_once(&api, &mock, &acknowledged);
}

#[test]
fn whoever_waits_during_an_outage_gets_the_answer_after_it() {
    let postgres = Postgres::start();
    let mock = Mock::start(|_| Reply::held("said"));
    let setup = Setup::on(&postgres).models(&mock).tenant("acme");
    let server = setup.workflow("acme", "chain", &chain(2, "openai/mock")).start();
    let api = server.api("acme");
    let waiting = std::thread::spawn(move || api.execute("chain", &json!({"input": "x"})));
    mock.wait_for(1);
    postgres.stop();
    mock.release();
    until("the run cannot be written", || server.log().contains("commit failed").then_some(()));
    assert_eq!(mock.count(), 1, "nothing begins before what was before it is on the disk");
    postgres.start_again();
    let view: Value = waiting.join().unwrap().expect(200).json();
    assert_eq!([&view["status"], &view["result"]["content"]], ["completed", "said"]);
    assert_eq!(mock.count(), 2);
}

/// What a failover to a standby looks like: sessions break, and nobody may write in new ones.
fn make_read_only(data: &Data, read_only: bool) {
    let name = data.postgres().unwrap().name();
    data.execute(&format!(
        "BEGIN READ WRITE; ALTER DATABASE {name} SET default_transaction_read_only = {read_only}; COMMIT; \
         SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid <> pg_backend_pid()"
    ));
}

#[test]
fn a_server_that_takes_no_writes_is_read_from_and_waited_for() {
    let mock = Mock::start(|_| Reply::held("said"));
    let setup = Setup::on(&Postgres::shared()).models(&mock).tenant("acme");
    let server = setup.workflow("acme", "chain", &chain(2, "openai/mock")).start();
    let api = server.api("acme");
    let id = api.start("chain", &json!({"input": "x"}));
    mock.wait_for(1);
    make_read_only(server.data(), true);
    assert_eq!(api.execution(&id)["status"], "running", "reading goes on");
    assert_away(&api.post(START, &json!({"input": "y"})));
    assert_away(&server.anonymous().get("/readyz"));
    mock.release();
    until("the run cannot be written", || server.log().contains("commit failed").then_some(()));
    assert_eq!(api.get(LIST).expect(200).json()["executions"][0]["status"], "running");
    make_read_only(server.data(), false);
    until("the server is ready", || (server.anonymous().get("/readyz").status == 200).then_some(()));
    assert_done_once(&api, &mock, &BTreeSet::from([id]));
}

#[test]
fn what_was_refused_by_our_fault_used_up_no_rate() {
    let setup =
        Setup::on(&Postgres::shared()).tenant("acme").workflow("acme", "chain", &chain(1, "scripted/echo"));
    magone(setup.data(), &["tenant", "update", "acme", "--rate-limit", "3"]).succeeded();
    let server = setup.start();
    let api = server.api("acme");
    api.start("chain", &json!({"input": "what is stored is known from now on"}));
    make_read_only(server.data(), true);
    for _ in 0..10 {
        assert_away(&api.post(START, &json!({"input": "x"})));
    }
    make_read_only(server.data(), false);
    until("the server is ready", || (server.anonymous().get("/readyz").status == 200).then_some(()));
    for _ in 0..2 {
        api.start("chain", &json!({"input": "x"}));
    }
}

#[test]
fn an_outage_that_nobody_saw_is_no_outage() {
    let postgres = Postgres::start();
    let setup = Setup::on(&postgres).tenant("acme");
    let server = setup.workflow("acme", "chain", &chain(1, "scripted/echo")).start();
    let api = server.api("acme");
    for _ in 0..5 {
        postgres.stop();
        postgres.start_again();
        let view = api.execute("chain", &json!({"input": "x"})).expect(200).json();
        assert_eq!(view["status"], "completed");
        assert_eq!(api.execution(view["execution_id"].as_str().unwrap()), view);
    }
}

#[test]
fn a_shutdown_during_an_outage_loses_nothing_and_waits_for_nobody() {
    let postgres = Postgres::start();
    let mock = Mock::start(|_| Reply::held("said"));
    let setup = Setup::on(&postgres).models(&mock).env("MAGONE_DRAIN_SECONDS", "0").tenant("acme");
    let server = setup.workflow("acme", "chain", &chain(2, "openai/mock")).start();
    let id = server.api("acme").start("chain", &json!({"input": "x"}));
    mock.wait_for(1);
    postgres.stop();
    mock.release();
    until("the run cannot be written", || server.log().contains("commit failed").then_some(()));
    let setup = server.setup().clone();
    server.terminate();
    assert_eq!(server.wait().code(), Some(0));
    postgres.start_again();
    let server = setup.start();
    let view = server.api("acme").ended(&id);
    assert_eq!([&view["status"], &view["result"]["content"]], ["completed", "said"]);
    let counts: Vec<_> = mock.by_key().into_values().collect();
    assert_eq!(counts, [2, 1], "what could not be written down is in doubt, once");
}
