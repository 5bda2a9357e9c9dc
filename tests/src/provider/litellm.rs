//! The demo's agents speak through an independent server: litellm's proxy, from its own package, in
//! an environment of its own. What it needs is in `tests/litellm`.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::harness::{Api, Setup, free_port, python, within};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/litellm");
/// Its modules are compiled at the first start.
const STARTING: Duration = Duration::from_secs(300);

/// A running proxy.
struct Proxy {
    child: Child,
    url: String,
}

impl Proxy {
    fn start() -> Self {
        let venv = python::environment("litellm");
        let port = free_port();
        let mut command = Command::new(venv.join("bin/litellm"));
        command.current_dir(FOLDER).args(["--config", "config.yaml", "--host", "127.0.0.1"]);
        command.args(["--port", &port.to_string(), "--telemetry", "False"]);
        command.env("PYTHONPYCACHEPREFIX", venv.join("pycache")).env("LITELLM_LOCAL_MODEL_COST_MAP", "True");
        let log = std::fs::File::create(venv.join("log")).unwrap();
        command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let child = command.spawn().unwrap();
        let proxy = Self { child, url: format!("http://127.0.0.1:{port}") };
        within(STARTING, "litellm's proxy is ready (its log is in its environment)", || {
            let alive = Api::new(&proxy.url, None).try_get("/health/liveliness")?;
            (alive.status == 200).then_some(())
        });
        proxy
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn the_demos_agents_run_through_an_independent_provider() {
    let proxy = Proxy::start();
    let setup = Setup::new().argument("--demo").argument("--model").argument("openai/mock");
    let setup =
        setup.env("OPENAI_BASE_URL", &format!("{}/v1", proxy.url)).env("OPENAI_API_KEY", "sk-magone-test");
    let server = setup.start();
    let log = server.log();
    let key = log
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .find(|word| word.starts_with("magure_live_"));
    let api = server.with_key(key.unwrap());
    let mut tools = 0;
    for (workflow, agents) in [("kpi-sales", 3), ("kpi-ops", 2), ("analytics", 5)] {
        let view = api.execute(workflow, &json!({"input": "How did we do?"})).expect(200).json();
        assert_eq!(view["status"], "completed", "{view:#}");
        let used = view["metadata"]["agents_used"].as_array().unwrap();
        assert_eq!(used.len(), agents, "{view:#}");
        assert!(view["metadata"]["usage"]["input_tokens"].as_u64().unwrap() > 0);
        let events = api.log(view["execution_id"].as_str().unwrap());
        for agent in used {
            assert_asked(&events, agent);
        }
        tools += events
            .iter()
            .filter(|event| event["type"] == "tool.result" && event["data"]["ok"] == true)
            .count();
    }
    assert!(tools > 0, "an agent called a tool and went on with what it said");
}

/// The agent's model was the provider's: its usage says so.
fn assert_asked(events: &[Value], agent: &Value) {
    let started =
        events.iter().find(|event| event["type"] == "agent.started" && event["data"]["agent"] == *agent);
    let step = &started.unwrap_or_else(|| panic!("{agent} never began"))["data"]["step"];
    let models: Vec<_> = events
        .iter()
        .filter(|event| event["type"] == "usage.updated" && event["data"]["step"] == *step)
        .map(|event| event["data"]["model"].as_str().unwrap())
        .collect();
    assert!(
        !models.is_empty() && models.iter().all(|model| model.starts_with("openai/")),
        "{agent}: {models:?}"
    );
}
