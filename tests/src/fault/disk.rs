//! D6: no file of the server's can grow any more, as on a disk that is full; later there is room
//! again. (That SQLite's own word for a full disk means the same is a test of the store.)

use serde_json::json;

use crate::harness::mock::Reply;
use crate::harness::{Mock, Setup, chain, until};

/// A page: whatever is to be written goes beyond it.
const NO_ROOM: u64 = 4_096;
/// A process that writes beyond its limit is killed, unless it does not care for the signal. A full
/// disk kills nobody.
const UNMOVED: [&str; 4] = ["sh", "-c", r#"trap "" XFSZ; exec "$@""#, "sh"];

#[test]
fn nothing_is_promised_while_there_is_no_room_and_what_was_goes_on_afterwards() {
    let mock = Mock::start(|_| Reply::held("said"));
    let setup = Setup::new().through(&UNMOVED).models(&mock).tenant("acme");
    let mut server = setup.workflow("acme", "chain", &chain(2, "openai/mock")).start();
    let api = server.api("acme");
    let id = api.start("chain", &json!({"input": "x"}));
    mock.wait_for(1);
    server.limit_files(Some(NO_ROOM));
    for path in ["/api/v1/external/execute/chain/async", "/api/v1/external/execute/chain"] {
        let refused = api.post(path, &json!({"input": "y"}));
        refused.problem(503, "overloaded");
        assert!(refused.header("retry-after").unwrap().parse::<u32>().unwrap() >= 1);
    }
    server.anonymous().get("/readyz").problem(503, "overloaded");
    mock.release();
    until("the run cannot be written", || server.log().contains("commit failed").then_some(()));
    assert_eq!(api.execution(&id)["status"], "running", "reading goes on");
    assert_eq!(mock.count(), 1, "nothing begins before what was before it is on the disk");
    server.limit_files(None);
    server.anonymous().get("/readyz").expect(200);
    assert_eq!(api.ended(&id)["status"], "completed");
    let after = api.execute("chain", &json!({"input": "z"})).expect(200).json();
    assert_eq!(after["status"], "completed");
    assert!(server.ended().is_none(), "the process is the same");
    let counts: Vec<_> = mock.by_key().into_values().collect();
    assert_eq!(counts, [1; 4], "two runs of two steps, and what was refused never began");
    let listed = api.get("/api/v1/external/executions").expect(200).json();
    assert_eq!(listed["executions"].as_array().unwrap().len(), 2);
}
