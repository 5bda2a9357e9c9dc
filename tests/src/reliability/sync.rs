//! D3: client or server dies during a synchronous call. The run was there before its first side
//! effect, it shows as running, and it comes to its end.

use serde_json::json;

use crate::harness::mock::Reply;
use crate::harness::{Mock, Server, Setup, chain, raw};

fn world(mock: &Mock) -> Server {
    let setup = Setup::new().models(mock).tenant("acme");
    setup.workflow("acme", "chain", &chain(3, "openai/mock")).start()
}

/// A synchronous call whose client can be dropped.
fn call(server: &Server) -> std::net::TcpStream {
    let key = &server.tenant("acme").key;
    let headers = [("X-API-Key", key.as_str()), ("Content-Type", "application/json")];
    let body = json!({"input": "x", "session_id": "mine"}).to_string();
    let mut socket = raw::connect(server.url());
    raw::send(
        &mut socket,
        raw::request("POST", "/api/v1/external/execute/chain", &headers, &body).as_bytes(),
    );
    socket
}

#[test]
fn the_client_goes_and_the_run_goes_on() {
    let mock = Mock::start(|_| Reply::held("said"));
    let server = world(&mock);
    let api = server.api("acme");
    let client = call(&server);
    // The provider looks at the run while it is asked for the first time.
    let id = mock.wait_for(1).execution().to_owned();
    let view = api.execution(&id);
    assert_eq!([&view["status"], &view["session_id"]], ["running", "mine"]);
    drop(client);
    assert_eq!(api.execution(&id)["status"], "running");
    mock.release();
    let view = api.ended(&id);
    assert_eq!([&view["status"], &view["result"]["content"]], ["completed", "said"]);
    assert_eq!((mock.count(), mock.hung_up()), (3, 0), "every step was done once and to its end");
}

#[test]
fn the_server_dies_and_the_run_goes_on() {
    let mock = Mock::start(|_| Reply::held("said"));
    let mut server = world(&mock);
    let mut client = call(&server);
    let id = mock.wait_for(1).execution().to_owned();
    assert_eq!(server.api("acme").execution(&id)["status"], "running");
    server.restart();
    assert_eq!(raw::read_to_end(&mut client), "", "a dead server answers nothing");
    let api = server.api("acme");
    assert_eq!(api.execution(&id)["status"], "running");
    mock.wait_for(2);
    mock.release();
    let view = api.ended(&id);
    assert_eq!(
        [&view["status"], &view["result"]["content"], &view["session_id"]],
        ["completed", "said", "mine"]
    );
    let counts: Vec<_> = mock.by_key().into_values().collect();
    assert_eq!(counts, [2, 1, 1], "the call in doubt is made again under its key, the others once");
    let page = api.get("/api/v1/external/executions?session_id=mine").expect(200).json();
    assert_eq!(page["executions"].as_array().unwrap().len(), 1);
}
