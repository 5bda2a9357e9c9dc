//! A4: whatever goes wrong is a problem document with a code and the request's id, and says nothing about
//! the inside. (What that means is asserted by `Answer::problem`.)

use serde_json::json;

use crate::harness::{Setup, chain};

#[test]
fn every_error_path_is_a_problem_document() {
    let setup = Setup::new().tenant("acme").workflow("acme", "chain", &chain(1, "scripted/echo"));
    let server = setup.start();
    let (api, anonymous) = (server.api("acme"), server.anonymous());
    let execute = "/api/v1/external/execute/chain";
    api.get("/nowhere").problem(404, "not_found");
    api.get("/api/v1/external/workflows/../../../etc/passwd").problem(404, "not_found");
    api.call("DELETE", execute).send().problem(405, "method_not_allowed");
    api.call("BREW", "/health").send().problem(405, "method_not_allowed");
    anonymous.get("/api/v1/external/workflows").problem(401, "key_missing");
    server.with_key("wrong").get("/api/v1/external/workflows").problem(401, "key_invalid");
    api.call("POST", execute).body("application/json", "{").send().problem(400, "malformed_request");
    api.call("POST", execute).body("text/plain", "x").send().problem(415, "unsupported_media_type");
    api.call("POST", execute).json(&json!({})).send().problem(422, "validation");
    api.get("/api/v1/external/executions?limit=many").problem(422, "validation");
    api.get("/api/v1/external/executions?cursor=edited").problem(422, "validation");
    api.get("/api/v1/external/executions/exec_nothing").problem(404, "not_found");
    anonymous.get("/problems/nonsense").problem(404, "not_found");
    anonymous.get("/api/v1/tenants").problem(401, "key_missing");
    let twice = api.call("GET", "/api/v1/external/workflows").header("x-api-key", "again").send();
    twice.problem(400, "malformed_request");
}
