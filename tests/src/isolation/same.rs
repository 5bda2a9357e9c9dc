//! T2 and T4: two tenants that call everything the same, and bodies that claim to be somebody else's.

use serde_json::{Value, json};

use super::route::{Named, WORKFLOW, body, of_tenants, whole, world};
use crate::harness::{Api, Server, Setup};

/// Only one of the two tenants has it.
const CANARY: &str = "zebrafinch";
const EXECUTIONS: &str = "/api/v1/external/executions";
const SAYS: &str = "
id: says
config: { secret: kept }
context: { tone: plain }
entry_step: say
steps:
  - { id: say, type: transform, value: { said: '{{ input }}', kept: '{{ config.secret }}', tone: '{{ context.tone }}' } }
";

/// Two tenants with the same workflow under the same name.
fn twins() -> Server {
    let setup = Setup::new().tenant("acme").tenant("rival").workflow("acme", "says", SAYS);
    setup.workflow("rival", "says", SAYS).start()
}

/// Runs under the same names, whichever tenant it is.
fn says(api: &Api, input: &str) -> Value {
    let call = api.call("POST", "/api/v1/external/execute/says").header("idempotency-key", "the-same");
    call.json(&json!({"input": input, "session_id": "the-same"})).send().expect(200).json()
}

#[test]
fn what_two_tenants_call_the_same_is_not_the_same() {
    let server = twins();
    let (acme, rival) = (server.api("acme"), server.api("rival"));
    let theirs = says(&rival, CANARY);
    let own = says(&acme, "sparrow");
    assert_ne!(
        own["execution_id"], theirs["execution_id"],
        "a key of one tenant stands for nothing of another's"
    );
    assert_eq!((&own["result"]["said"], &theirs["result"]["said"]), (&json!("sparrow"), &json!(CANARY)));
    let id = own["execution_id"].as_str().unwrap();
    let paths = [
        EXECUTIONS.to_owned(),
        format!("{EXECUTIONS}?session_id=the-same&include=result"),
        format!("{EXECUTIONS}?workflow=says&include=result"),
        format!("{EXECUTIONS}/{id}"),
        format!("{EXECUTIONS}/{id}/events"),
        "/api/v1/external/workflows".to_owned(),
        "/api/v1/external/workflows/says".to_owned(),
    ];
    for path in paths {
        let answer = acme.call("GET", &path).header("accept", "application/json").send().expect(200);
        assert!(!answer.text.contains(CANARY), "{path}: {}", answer.text);
    }
    let page = acme.get(&format!("{EXECUTIONS}?session_id=the-same")).expect(200).json();
    assert_eq!(page["executions"].as_array().unwrap().len(), 1, "{page}");
}

#[test]
fn what_a_body_claims_about_tenant_status_result_and_config_counts_for_nothing() {
    let server = twins();
    let (acme, rival) = (server.api("acme"), server.api("rival"));
    let claims = json!({
        "input": "x", "tenant_id": "ten_1", "tenant": "rival", "status": "failed", "state": "failed",
        "result": CANARY, "config": {"secret": CANARY}, "execution_id": "exec_1", "test": true,
    });
    let ran = acme.execute("says", &claims).expect(200);
    assert!(!ran.text.contains(CANARY), "{}", ran.text);
    let ran = ran.json();
    assert_eq!((&ran["status"], &ran["result"]["kept"]), (&json!("completed"), &json!("kept")));
    assert_ne!(ran["execution_id"], "exec_1");
    assert_eq!(rival.get(EXECUTIONS).expect(200).json()["executions"], json!([]));
}

#[test]
fn every_body_may_claim_what_it_likes() {
    let server = world();
    let (acme, rival) = (whole(&server, "acme"), whole(&server, "rival"));
    let takes_body = |method: &str| matches!(method, "POST" | "PUT" | "PATCH");
    for endpoint in of_tenants().iter().filter(|endpoint| takes_body(endpoint.method.as_str())) {
        // They would wait for ten minutes.
        if endpoint.path.ends_with("/execute/{slug}") || endpoint.path.ends_with("/stream") {
            continue;
        }
        let mut claims = body(endpoint.path);
        let members = claims.as_object_mut().unwrap();
        for name in ["tenant_id", "tenant", "status", "result", "config"] {
            members.insert(name.to_owned(), json!(CANARY));
        }
        let answer = Named::of(&server, endpoint).call_with(&acme, endpoint, &claims);
        let what = format!("{} {}: {}", endpoint.method, endpoint.path, answer.text);
        // A run that goes on is not tried again.
        assert!(matches!(answer.status, 200..=299 | 409 | 422), "{what}");
        assert!(answer.status == 422 || !answer.text.contains(CANARY), "{what}");
    }
    assert_eq!(rival.get(EXECUTIONS).expect(200).json()["executions"], json!([]));
    let started = acme.get(&format!("{EXECUTIONS}?workflow={WORKFLOW}")).expect(200);
    assert!(!started.text.contains(CANARY), "{}", started.text);
}
