//! More than the server takes on: turned away at once, while it says that it is well.

use serde_json::json;

use crate::harness::mock::Reply;
use crate::harness::{Mock, Setup, chain, until};

#[test]
fn what_is_too_much_is_turned_away_and_the_rest_goes_on() {
    let mock = Mock::start(|_| Reply::held("said"));
    let setup = Setup::new().models(&mock).env("MAGONE_REQUESTS_MOST", "2").tenant("acme");
    let server = setup.workflow("acme", "chain", &chain(1, "openai/mock")).start();
    let calls: Vec<_> = (0..2)
        .map(|_| {
            let api = server.api("acme");
            std::thread::spawn(move || api.execute("chain", &json!({"input": "x"})))
        })
        .collect();
    mock.wait_for(2);
    let refused = server.api("acme").get("/api/v1/external/workflows");
    refused.problem(503, "overloaded");
    assert!(refused.header("retry-after").unwrap().parse::<u32>().is_ok());
    for probe in ["/health", "/livez", "/readyz", "/metrics"] {
        server.anonymous().get(probe).expect(200);
    }
    mock.release();
    for call in calls {
        assert_eq!(call.join().unwrap().expect(200).json()["status"], "completed");
    }
    until("places are free again", || {
        (server.api("acme").get("/api/v1/external/workflows").status == 200).then_some(())
    });
}
