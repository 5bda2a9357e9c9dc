//! What models cost: named by admins, billed to tenants.

use serde_json::json;

use super::world::quota;
use crate::harness::{Server, Setup, magone, until};

const SAY: &str = "
id: say
entry_step: say
limits: { max_cost_usd: 0.5 }
steps:
  - { id: say, type: llm, model: scripted/echo, prompt: 'You said {{ input }}' }
";
const PRICE: &str = "/api/v1/model-prices/scripted/echo";

fn world() -> Server {
    Setup::new().tenant("acme").workflow("acme", "say", SAY).start()
}

#[test]
fn a_price_makes_model_calls_cost_something_and_quotas_of_cost_count_it() {
    let server = world();
    let (api, admin) = (server.api("acme"), server.admin(&["prices:read", "prices:write"]));
    let price = json!({"input_usd_per_million_tokens": 1_000, "output_usd_per_million_tokens": 2_000});
    admin.call("PUT", PRICE).json(&price).send().expect(200);
    let view = api.execute("say", &json!({"input": "hello"})).expect(200).json();
    let usage = &view["metadata"]["usage"];
    let tokens = |name: &str| usage[name].as_f64().unwrap();
    let cost = tokens("input_tokens") / 1_000.0 + tokens("output_tokens") / 500.0;
    let billed = usage["cost_usd"].as_f64().unwrap();
    assert!(billed > 0.0 && (billed - cost).abs() < 1e-9, "{usage}: {cost}");
    let day = quota(&api, "cost_per_day");
    assert_eq!((&day["used"], &day["limit"]), (&usage["cost_usd"], &json!(null)));
    assert_eq!(api.get("/api/v1/external/usage").expect(200).json()["month"]["cost_usd"], billed);

    let update = ["tenant", "update", "acme", "--set", &format!("max_cost_usd_per_month={billed}")];
    magone(server.data(), &update).succeeded();
    until("the quota is noticed", || quota(&api, "cost_per_month")["limit"].as_f64());
    let problem = api.execute("say", &json!({"input": "x"})).problem(429, "quota_exceeded");
    assert!(problem["detail"].as_str().unwrap().contains("US dollars (max_cost_usd_per_month)"), "{problem}");
}

#[test]
fn prices_are_kept_by_api_and_command_and_checked() {
    let server = world();
    let admin = server.admin(&["prices:read", "prices:write"]);
    let wrong = json!({"input_usd_per_million_tokens": -1, "output": 1});
    let refused = admin.call("PUT", PRICE).json(&wrong).send();
    refused.problem(422, "validation");
    assert_eq!(
        refused.pointers(),
        ["/input_usd_per_million_tokens", "/output_usd_per_million_tokens", "/output"]
    );
    admin.get(PRICE).problem(404, "not_found");
    admin.call("DELETE", PRICE).send().problem(404, "not_found");
    let set = ["prices", "set", "scripted/echo", "--input-usd", "0.5", "--output-usd", "1.5"];
    magone(server.data(), &set).succeeded();
    let shown = json!({
        "model": "scripted/echo", "input_usd_per_million_tokens": 0.5, "output_usd_per_million_tokens": 1.5,
    });
    assert_eq!(admin.get(PRICE).expect(200).json(), shown);
    assert_eq!(admin.get("/api/v1/model-prices").expect(200).json(), json!({"total": 1, "prices": [shown]}));
    assert_eq!(magone(server.data(), &["--output", "json", "prices", "list"]).json(), json!([shown]));
    let name = magone(server.data(), &["prices", "set", "echo", "--input-usd", "1", "--output-usd", "1"]);
    assert!(name.code == Some(1) && name.stderr.contains("provider/name"), "{name:?}");
    admin.call("DELETE", PRICE).send().expect(204);
    assert_eq!(magone(server.data(), &["prices", "remove", "scripted/echo"]).code, Some(4));
    server.admin(&["prices:read"]).call("PUT", PRICE).json(&shown).send().problem(403, "insufficient_scope");
}
