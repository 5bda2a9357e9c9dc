//! A server that may post to this machine, and what tests ask of it again and again.

use serde_json::{Value, json};

use crate::harness::{Api, Server, Setup, until};

/// Ends at once, as it is told to.
const DO: &str = "
id: do
entry_step: choose
steps:
  - { id: choose, type: branch, cases: [{ when: \"input == 'fail'\", next: fail }], default: say }
  - { id: fail, type: fail, code: no_figures, message: 'There are no figures' }
  - { id: say, type: transform, value: 'Done with {{ input }}' }
";

const ASK: &str = "
id: ask
entry_step: ask
steps:
  - { id: ask, type: approval, prompt: 'Go on with {{ input }}?' }
";

/// Ends with its second commit.
const TALK: &str = "
id: talk
entry_step: say
steps:
  - { id: say, type: llm, model: scripted/echo, prompt: '{{ input }}' }
";

/// Has a child.
const PARENT: &str = "
id: parent
entry_step: sub
steps:
  - { id: sub, type: workflow, workflow: do, input: '{{ input }}' }
";

/// Beneath the external API.
pub const PREFIX: &str = "/api/v1/external";

/// A server to be, with the tenant `acme`.
pub fn setup(allow: &str) -> Setup {
    let setup = Setup::new().tenant("acme").env("MAGONE_EGRESS_ALLOW", allow);
    let setup = setup.workflow("acme", "do", DO).workflow("acme", "ask", ASK);
    setup.workflow("acme", "talk", TALK).workflow("acme", "parent", PARENT)
}

/// The same, running; it may post to this machine.
pub fn world() -> Server {
    setup("127.0.0.1").start()
}

/// The tenant, with a key that manages webhooks.
pub fn acme(server: &Server) -> Api {
    let scopes = "execute,read,webhooks:manage";
    let create = ["--output", "json", "key", "create", "acme", "all", "--scope", scopes];
    let made = crate::harness::magone(server.data(), &create).json();
    server.with_key(made["key"].as_str().unwrap())
}

/// Registers an endpoint; its id.
pub fn register(api: &Api, body: &Value) -> String {
    let made = api.post(&format!("{PREFIX}/webhook-endpoints"), body).expect(201).json();
    made["id"].as_str().unwrap().to_owned()
}

/// The secret of an endpoint, or `default`.
pub fn secret(api: &Api, id: &str) -> String {
    let shown = api.get(&format!("{PREFIX}/webhook-endpoints/{id}/secret")).expect(200).json();
    shown["secret"].as_str().unwrap().to_owned()
}

/// Starts a run whose end is posted; its id.
pub fn run(api: &Api, url: &str) -> String {
    api.start("do", &json!({"input": "x", "webhook_url": url}))
}

/// All deliveries of a query.
pub fn deliveries(api: &Api, query: &str) -> Vec<Value> {
    let page = api.get(&format!("{PREFIX}/webhook-deliveries?{query}")).expect(200).json();
    page["webhook_deliveries"].as_array().unwrap().clone()
}

/// The one delivery about a run, once it looks so.
pub fn delivery(api: &Api, run: &str, what: &str, looks: impl Fn(&Value) -> bool) -> Value {
    until(&format!("the delivery {what}"), || {
        deliveries(api, &format!("execution={run}")).into_iter().find(|delivery| looks(delivery))
    })
}

/// Whether there was an attempt.
pub fn tried(delivery: &Value) -> bool {
    !delivery["attempts"].as_array().unwrap().is_empty()
}

/// Whether it was taken.
pub fn delivered(delivery: &Value) -> bool {
    delivery["status"] == "delivered"
}
