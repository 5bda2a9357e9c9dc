//! D1: `kill -9` at a random moment, with a thousand runs in flight. What was acknowledged is there
//! after the next start and comes to its end, and no journaled step is done again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::mock::Reply;
use crate::harness::{Api, Mock, PATIENCE, Server, Setup, block_on, chain, seeds, until};

const RUNS: usize = 1_000;
const STEPS: usize = 3;
/// Callers at once.
const CALLERS: usize = 32;
/// How many moments are tried where nobody asks for more.
const SEEDS: u64 = 3;
/// From readiness to the end of the last run.
const ENDING: Duration = if cfg!(debug_assertions) { PATIENCE } else { Duration::from_secs(10) };

#[test]
fn nothing_acknowledged_is_lost_and_nothing_journaled_is_repeated() {
    let setup = Setup::new().tenant("acme").workflow("acme", "chain", &chain(STEPS, "openai/mock"));
    (1..=seeds(SEEDS)).for_each(|seed| crash(&setup, seed));
}

/// When the process dies.
#[derive(Clone, Copy, Debug)]
enum Moment {
    /// So many runs are acknowledged, and every provider call hangs.
    Acknowledged(usize),
    /// All are acknowledged, and so many calls are answered.
    Answered(usize),
}

impl Moment {
    /// By chance (SplitMix64), while runs are acknowledged for one half of the seeds, while they go
    /// on for the other.
    fn of(seed: u64) -> Self {
        let mut bits = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let below =
            |end: usize| usize::try_from((bits ^ (bits >> 31)) % u64::try_from(end).unwrap()).unwrap();
        match seed % 2 {
            0 => Self::Acknowledged(below(RUNS)),
            _ => Self::Answered(below(RUNS * STEPS)),
        }
    }
}

fn crash(setup: &Setup, seed: u64) {
    let moment = Moment::of(seed);
    println!("seed {seed}: {moment:?}");
    // The first step of every run waits until all are in flight.
    let mock = Mock::start(|call| match call.act() {
        act if act.starts_with("one") => Reply::held("said"),
        _ => Reply::Say("said".to_owned()),
    });
    let mut server = setup.copy().models(&mock).start();
    let callers = Callers::start(&server.api("acme"));
    match moment {
        Moment::Acknowledged(runs) => callers.wait_for(runs),
        Moment::Answered(calls) => {
            callers.wait_for(RUNS);
            mock.release();
            until("the provider has answered", || (mock.answered() >= calls).then_some(()));
        }
    }
    server.kill9();
    mock.release();
    let acknowledged = callers.finish();
    let before = mock.by_key();
    server.restart();
    let ready = Instant::now();
    all_ended(&server.api("acme"));
    let took = ready.elapsed();
    println!(
        "seed {seed}: {} acknowledged, {} asked before, ended in {took:?}",
        acknowledged.len(),
        before.len()
    );
    assert!(took < ENDING, "the last run ended {took:?} after readiness");
    check(&server, &mock, &acknowledged);
}

/// Clients that start runs until all are started or nobody answers.
struct Callers {
    acknowledged: Arc<Mutex<BTreeSet<String>>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Callers {
    fn start(api: &Api) -> Self {
        let acknowledged = Arc::new(Mutex::new(BTreeSet::new()));
        let begun = Arc::new(AtomicUsize::new(0));
        let caller = |_| {
            let (api, acknowledged, begun) = (api.clone(), Arc::clone(&acknowledged), Arc::clone(&begun));
            async move {
                while begun.fetch_add(1, Ordering::SeqCst) < RUNS {
                    let call = api.call("POST", "/api/v1/external/execute/chain/async");
                    let Ok(answer) = call.json(&json!({"input": "x"})).try_send().await else { return };
                    let id = answer.expect(202).json()["execution_id"].as_str().unwrap().to_owned();
                    acknowledged.lock().unwrap().insert(id);
                }
            }
        };
        let tasks = block_on(async { (0..CALLERS).map(caller).map(tokio::spawn).collect() });
        Self { acknowledged, tasks }
    }

    fn wait_for(&self, runs: usize) {
        until("runs are acknowledged", || (self.acknowledged.lock().unwrap().len() >= runs).then_some(()));
    }

    fn finish(self) -> BTreeSet<String> {
        for task in self.tasks {
            block_on(task).unwrap();
        }
        self.acknowledged.lock().unwrap().clone()
    }
}

fn all_ended(api: &Api) {
    for status in ["pending", "running"] {
        let path = format!("/api/v1/external/executions?limit=1&status={status}");
        until("every run ends", || {
            let page = api.get(&path).expect(200).json();
            page["executions"].as_array().unwrap().is_empty().then_some(())
        });
    }
}

/// Every run that the database has, by id.
fn stored(api: &Api) -> BTreeMap<String, Value> {
    let (mut stored, mut cursor) = (BTreeMap::new(), String::new());
    loop {
        let page = api.get(&format!("/api/v1/external/executions?limit=100{cursor}")).expect(200).json();
        for row in page["executions"].as_array().unwrap() {
            stored.insert(row["execution_id"].as_str().unwrap().to_owned(), row.clone());
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return stored,
        }
    }
}

fn check(server: &Server, mock: &Mock, acknowledged: &BTreeSet<String>) {
    let api = server.api("acme");
    let stored = stored(&api);
    for id in acknowledged {
        assert!(stored.contains_key(id), "{id} was acknowledged and is lost");
    }
    // A caller that died with the server may have been at most one run ahead of its acknowledgement.
    assert!(stored.len() <= acknowledged.len() + CALLERS, "{} runs for {}", stored.len(), acknowledged.len());
    for (id, row) in &stored {
        assert_eq!(row["status"], "completed", "{id}: {row}");
    }
    let calls = mock.by_key();
    assert_eq!(calls.len(), stored.len() * STEPS, "each step of each run has one key");
    for (key, count) in calls.iter().filter(|(_, count)| **count > 1) {
        assert_eq!(*count, 2, "{key}");
        let (id, act) = key.split_once(':').unwrap();
        let step = act.split_once('#').unwrap().0;
        let doubted = api.log(id).iter().any(|event| {
            event["type"] == "step.retrying"
                && event["data"]["step"] == step
                && event["data"]["reason"] == "in_doubt"
        });
        assert!(doubted, "{key} was journaled and reached the provider again");
    }
}
