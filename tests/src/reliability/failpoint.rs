//! D2: the process dies on every boundary between deciding, committing and acting, and the run comes
//! to the same end. The boundaries are the engine's own list: one that is never reached fails here.

use std::os::unix::process::ExitStatusExt;

use magone_engine::Point;
use serde_json::{Value, json};

use crate::harness::mock::Reply;
use crate::harness::{Api, Mock, Server, Setup, block_on, chain, until};

const SIGABRT: i32 = 6;
const STEPS: usize = 3;
/// More boundaries of one kind than a run of three steps has.
const TOO_MANY: u32 = 20;

/// Steps that reach the provider twice when the process dies there: what came back was not journaled.
fn repeated(point: Point) -> usize {
    match point {
        Point::BeforeFirstCommit
        | Point::AfterFirstCommit
        | Point::BeforeActivity
        | Point::AfterCommit
        | Point::AfterLastCommit => 0,
        Point::AfterActivity | Point::BeforeCommit | Point::BeforeLastCommit | Point::BeforeRecovery => 1,
    }
}

#[test]
fn the_process_dies_everywhere_and_the_run_ends_as_if_it_had_not() {
    let setup = Setup::new().tenant("acme").workflow("acme", "chain", &chain(STEPS, "openai/mock"));
    let undisturbed = undisturbed(&setup);
    for point in Point::ALL {
        let mut deaths = 0;
        for nth in 1..TOO_MANY {
            let mock = Mock::start(|_| Reply::held("said"));
            let at = format!("{}:{nth}", point.name());
            let setup = setup.copy().models(&mock);
            let died = match point {
                Point::BeforeRecovery => dies_starting(&setup, &mock, &at),
                _ => dies_running(&setup, &mock, &at),
            };
            if !died {
                break;
            }
            deaths += 1;
            println!("died at {at}");
            let server = setup.start();
            assert_same_end(&server, &mock, point, &undisturbed);
        }
        assert!(deaths > 0, "no run of {STEPS} steps reaches {}", point.name());
        let each = [Point::BeforeActivity, Point::AfterActivity].contains(&point);
        assert!(!each || deaths == STEPS, "{} of {STEPS} steps pass {}", deaths, point.name());
    }
}

/// What the run gives when nothing dies.
fn undisturbed(setup: &Setup) -> Value {
    let mock = Mock::saying("said");
    let server = setup.copy().models(&mock).start();
    let view = server.api("acme").execute("chain", &json!({"input": "x"})).expect(200).json();
    assert_eq!((&view["status"], mock.count()), (&json!("completed"), STEPS));
    outcome(&view)
}

/// A projection without what is different in every run.
fn outcome(view: &Value) -> Value {
    let mut view = view.clone();
    for member in ["execution_id", "created_at", "started_at", "completed_at"] {
        view[member].take();
    }
    view["metadata"]["duration_ms"].take();
    view["result"]["metadata"]["duration_ms"].take();
    view
}

fn runs(api: &Api) -> Vec<Value> {
    let page = api.get("/api/v1/external/executions?include=result").expect(200).json();
    page["executions"].as_array().unwrap().clone()
}

/// Runs the chain on a server with a breakpoint; whether it died there.
fn dies_running(setup: &Setup, mock: &Mock, at: &str) -> bool {
    mock.release();
    let mut server = setup.clone().env("MAGONE_BREAKPOINT", at).start();
    let api = server.api("acme");
    let start = api.call("POST", "/api/v1/external/execute/chain/async").json(&json!({"input": "x"}));
    let acknowledged = block_on(start.try_send()).is_ok();
    until("the run ends or the process dies", || {
        let ended = server.ended().is_some();
        let over = || {
            let page = api.try_get("/api/v1/external/executions?status=completed")?.json();
            Some(acknowledged && page["executions"].get(0).is_some())
        };
        (ended || over() == Some(true)).then_some(())
    });
    died(server)
}

/// Starts a server with a breakpoint on data with an unfinished run; whether it died there.
fn dies_starting(setup: &Setup, mock: &Mock, at: &str) -> bool {
    let mut server = setup.clone().start();
    server.api("acme").start("chain", &json!({"input": "x"}));
    mock.wait_for(1);
    server.kill9();
    mock.release();
    let mut server = setup.clone().env("MAGONE_BREAKPOINT", at).start_unready();
    until("the server is ready or dies", || {
        let ready = server.anonymous().try_get("/readyz").is_some_and(|answer| answer.status == 200);
        (ready || server.ended().is_some()).then_some(())
    });
    died(server)
}

/// Ends a server in order, unless it died before. An orderly end waits for every run, so one that is
/// on its way to the breakpoint gets there.
fn died(mut server: Server) -> bool {
    if server.ended().is_none() {
        server.terminate();
    }
    let status = server.wait();
    if status.success() {
        return false;
    }
    assert_eq!(status.signal(), Some(SIGABRT), "ended with {status}");
    true
}

fn assert_same_end(server: &Server, mock: &Mock, point: Point, undisturbed: &Value) {
    let api = server.api("acme");
    if point == Point::BeforeFirstCommit {
        assert_eq!((runs(&api), mock.count()), (Vec::new(), 0), "nothing was promised, nothing was done");
        return;
    }
    let [run] = runs(&api).try_into().expect("there is one run");
    let id = run["execution_id"].as_str().unwrap();
    let view = api.ended(id);
    assert_eq!(&outcome(&view), undisturbed);
    let log = api.log(id);
    let doubted = |step: &str| {
        let doubts =
            log.iter().filter(|event| event["type"] == "step.retrying" && event["data"]["step"] == step);
        doubts.inspect(|event| assert_eq!(event["data"]["reason"], "in_doubt")).count()
    };
    let calls = mock.by_key();
    assert_eq!(calls.len(), STEPS, "each step has one key: {calls:?}");
    for (key, count) in &calls {
        let step = key.split_once(':').and_then(|(_, act)| act.split_once('#')).unwrap().0;
        assert!(*count <= 1 + doubted(step), "{step} reached the provider {count} times");
    }
    let again = calls.values().filter(|count| **count > 1).count();
    assert_eq!(again, repeated(point), "{calls:?}");
    assert!(["one", "two", "three"].map(doubted).into_iter().sum::<usize>() <= 1, "{log:?}");
}
