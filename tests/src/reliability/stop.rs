//! Cancelling and running out of time stop what is under way, and nothing begins after it.

use serde_json::json;

use crate::harness::mock::Reply;
use crate::harness::{Mock, Setup, chain};

#[test]
fn cancelling_hangs_up_on_the_provider_and_nothing_follows() {
    let mock = Mock::start(|_| Reply::held("late"));
    let setup = Setup::new().models(&mock).tenant("acme");
    let server = setup.workflow("acme", "chain", &chain(3, "openai/mock")).start();
    let api = server.api("acme");
    let id = api.start("chain", &json!({"input": "x"}));
    assert_eq!(mock.wait_for(1).execution(), id);
    assert_eq!(mock.hung_up(), 0);
    api.cancel(&id).expect(202);
    mock.wait_for_hang_up(1);
    let view = api.ended(&id);
    assert_eq!([&view["state"], &view["code"]], ["cancelled", "cancelled"]);
    // Whoever would go on could do so now.
    mock.release();
    let other = api.execute("chain", &json!({"input": "y"})).expect(200).json();
    assert_eq!(other["status"], "completed");
    let own = mock.calls().iter().filter(|call| call.execution() == id).count();
    assert_eq!(own, 1, "no step began after the cancellation");
    assert_eq!(api.execution(&id), view, "an end is an end");
    let log = api.log(&id);
    assert_eq!(log.last().unwrap()["type"], "execution.cancelled");
}

#[test]
fn a_step_and_a_run_that_take_too_long_are_hung_up_on() {
    let step = chain(2, "openai/mock")
        .replace("retry: { max_attempts: 1 }", "retry: { max_attempts: 1 }\n    timeout_seconds: 1");
    let run = chain(2, "openai/mock").replace("entry_step", "limits: { timeout_seconds: 1 }\nentry_step");
    for (definition, state, code) in [(step, "failed", "step_timeout"), (run, "timed_out", "timed_out")] {
        let mock = Mock::start(|_| Reply::Silence);
        let setup = Setup::new().models(&mock).tenant("acme");
        let server = setup.workflow("acme", "chain", &definition).start();
        let view = server.api("acme").execute("chain", &json!({"input": "x"})).expect(200).json();
        assert_eq!([&view["status"], &view["state"], &view["code"]], ["failed", state, code], "{view}");
        assert_eq!(view["retryable"], true);
        mock.wait_for_hang_up(1);
        assert_eq!(mock.count(), 1, "the second step never began");
    }
}
