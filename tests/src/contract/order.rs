//! The order of checks: size and syntax, key, existence in the tenant's scope, validation.

use serde_json::json;

use super::world::world;

/// A request that fails every check from the given one on.
#[test]
fn the_first_check_that_fails_is_the_one_that_answers() {
    let server = world();
    let path = "/api/v1/external/execute/nothing";
    let large = "x".repeat((1 << 20) + 1);
    let anonymous = server.anonymous();
    anonymous.call("POST", path).body("text/plain", large).send().problem(413, "too_large");
    anonymous.call("POST", path).body("text/plain", "{").send().problem(415, "unsupported_media_type");
    anonymous.call("POST", path).body("application/json", "{").send().problem(400, "malformed_request");
    anonymous.call("POST", path).json(&json!([])).send().problem(401, "key_missing");
    server.with_key("wrong").post(path, &json!([])).problem(401, "key_invalid");
    server.api("rival").post(path, &json!([])).problem(404, "not_found");
    // The workflow is there, and not this tenant's.
    server.api("rival").post("/api/v1/external/execute/quick", &json!([])).problem(404, "not_found");
    server.api("acme").post("/api/v1/external/execute/quick", &json!([])).problem(422, "validation");
}

#[test]
fn what_is_read_is_checked_in_the_same_order() {
    let server = world();
    for path in
        ["/api/v1/external/executions/exec_nothing/events?after=x", "/api/v1/external/executions?limit=x"]
    {
        server.anonymous().get(path).problem(401, "key_missing");
    }
    server.anonymous().call("DELETE", "/api/v1/external/workflows").send().problem(405, "method_not_allowed");
    let cancel = "/api/v1/external/executions/exec_nothing/cancel";
    server
        .anonymous()
        .call("POST", cancel)
        .body("application/json", "{")
        .send()
        .problem(400, "malformed_request");
    server.api("acme").call("POST", cancel).json(&json!({"reason": 1})).send().problem(404, "not_found");
}
