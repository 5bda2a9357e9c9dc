//! When a key was last used.

use serde_json::Value;

use crate::harness::{Server, Setup, magone, until};

const WORKFLOWS: &str = "/api/v1/external/workflows";

fn last_use(server: &Server) -> Value {
    let listed = magone(server.data(), &["--output", "json", "key", "list", "acme"]).json();
    listed[0]["last_used_at"].clone()
}

fn revision(server: &Server) -> String {
    server.data().texts("SELECT CAST(revision AS TEXT) FROM config_revision").remove(0)
}

#[test]
fn a_use_is_written_by_and_by_and_is_no_change_of_the_configuration() {
    let mut server = Setup::new().tenant("acme").start();
    assert_eq!(last_use(&server), Value::Null);
    let before = revision(&server);
    server.api("acme").get(WORKFLOWS).expect(200);
    let noted = until("the use is written", || Some(last_use(&server)).filter(Value::is_string));
    server.api("acme").get(WORKFLOWS).expect(200);
    assert_eq!(revision(&server), before, "nobody forgets anything because a key was used");
    // What was noted and not yet written when the server stops is written then.
    server.data().execute("UPDATE api_keys SET last_used_at = NULL");
    server.restart();
    server.api("acme").get(WORKFLOWS).expect(200);
    server.terminate();
    until("the server stops", || server.ended());
    assert!(last_use(&server).as_str() >= noted.as_str());
}
