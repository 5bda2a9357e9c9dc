//! T3: a hundred tenants do things in any order, and each sees what a model of it says: no more, no less.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{Api, Dice, Server, Setup, seeds};

const TENANTS: usize = 100;
const STEPS: usize = 600;
const EXECUTIONS: &str = "/api/v1/external/executions";
const SAYS: &str = "
id: says
entry_step: say
steps:
  - { id: say, type: transform, value: '{{ input }}' }
";

/// What a tenant is known to have.
struct Model {
    slug: String,
    /// Keys that open something, with their ids.
    keys: Vec<(String, String)>,
    /// A key that was taken back.
    dead: Option<String>,
    suspended: bool,
    runs: BTreeSet<String>,
}

struct World {
    server: Server,
    admin: Api,
    dice: Dice,
    tenants: Vec<Model>,
}

fn text(body: &Value, name: &str) -> String {
    body[name].as_str().unwrap_or_else(|| panic!("{name} in {body}")).to_owned()
}

impl World {
    fn new(seed: u64) -> Self {
        let setup = Setup::new().behind_proxies().tenant("first").workflow("first", "says", SAYS);
        let server = setup.start();
        let scopes =
            ["tenants:read", "tenants:write", "keys:read", "keys:write", "workflows:read", "workflows:write"];
        let admin = server.admin(&scopes);
        let tenants = (0..TENANTS).map(|number| {
            let slug = format!("tenant-{number}");
            let wish = json!({"name": slug, "slug": slug, "rate_limit_per_minute": null});
            admin.post("/api/v1/tenants", &wish).expect(201);
            let assign = admin.call("PUT", &format!("/api/v1/tenants/{slug}/workflows/says"));
            let assigned = assign.json(&json!({"definition": "says"})).send();
            assert!((200..300).contains(&assigned.status), "{}", assigned.text);
            Model { slug, keys: Vec::new(), dead: None, suspended: false, runs: BTreeSet::new() }
        });
        let tenants = tenants.collect();
        let mut world = Self { server, admin, dice: Dice(seed), tenants };
        (0..TENANTS).for_each(|at| world.add_key(at));
        world
    }

    fn add_key(&mut self, at: usize) {
        let wish = json!({"tenant": self.tenants[at].slug, "name": "further"});
        let made = self.admin.post("/api/v1/keys", &wish).expect(201).json();
        self.tenants[at].keys.push((text(&made, "id"), text(&made, "key")));
    }

    fn api(&mut self, at: usize) -> Api {
        let keys = &self.tenants[at].keys;
        let key = &keys[self.dice.below(keys.len())].1;
        self.server.with_key(key)
    }

    /// Any of the tenant's runs.
    fn run_of(&mut self, at: usize) -> Option<String> {
        let runs = &self.tenants[at].runs;
        if runs.is_empty() { None } else { runs.iter().nth(self.dice.below(runs.len())).cloned() }
    }

    fn step(&mut self) {
        let (at, other) = (self.dice.below(TENANTS), self.dice.below(TENANTS));
        let api = self.api(at);
        let suspended = self.tenants[at].suspended;
        match self.dice.below(8) {
            0..=2 => {
                let ran = api.execute("says", &json!({"input": at.to_string(), "session_id": "the-same"}));
                if suspended {
                    ran.problem(403, "tenant_suspended");
                } else {
                    let id = text(&ran.expect(200).json(), "execution_id");
                    assert!(self.tenants[at].runs.insert(id), "an id stands for one run");
                }
            }
            3 => {
                let Some(run) = self.run_of(other) else { return };
                let found = api.get(&format!("{EXECUTIONS}/{run}"));
                match (suspended, at == other) {
                    (true, _) => drop(found.problem(403, "tenant_suspended")),
                    (false, true) => {
                        assert_eq!(found.expect(200).json()["result"]["content"], at.to_string())
                    }
                    (false, false) => drop(found.problem(404, "not_found")),
                }
            }
            4 => self.look(at),
            5 => {
                let action = if suspended { "resume" } else { "suspend" };
                let path = format!("/api/v1/tenants/{}/{action}", self.tenants[at].slug);
                self.admin.call("POST", &path).send().expect(200);
                self.tenants[at].suspended = !suspended;
            }
            6 => self.add_key(at),
            _ => {
                if let Some(dead) = &self.tenants[at].dead {
                    self.server.with_key(dead).anywhere().get(EXECUTIONS).problem(401, "key_invalid");
                }
                if self.tenants[at].keys.len() > 1 {
                    let last = self.tenants[at].keys.len();
                    let (id, key) = self.tenants[at].keys.swap_remove(self.dice.below(last));
                    self.admin.call("DELETE", &format!("/api/v1/keys/{id}")).send().expect(200);
                    self.tenants[at].dead = Some(key);
                }
            }
        }
    }

    /// The tenant's list is what the model says.
    fn look(&mut self, at: usize) {
        let listed = self.api(at).get(&format!("{EXECUTIONS}?limit=100&session_id=the-same"));
        if self.tenants[at].suspended {
            listed.problem(403, "tenant_suspended");
            return;
        }
        let listed = listed.expect(200).json();
        let runs = listed["executions"].as_array().unwrap().iter().map(|run| text(run, "execution_id"));
        assert_eq!(runs.collect::<BTreeSet<_>>(), self.tenants[at].runs, "{}", self.tenants[at].slug);
    }
}

#[test]
fn a_hundred_tenants_see_what_is_theirs() {
    for seed in 1..=seeds(1) {
        let mut world = World::new(seed);
        (0..STEPS).for_each(|_| world.step());
        (0..TENANTS).for_each(|at| world.look(at));
    }
}
