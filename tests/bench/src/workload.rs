//! What is run: a tenant and its workflows, made with the command line as anybody would.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

/// Its workflows are called by these names.
pub(crate) const ONE_STEP: &str = "noop-1";
pub(crate) const THREE_STEPS: &str = "noop-3";
pub(crate) const PAUSE: &str = "pause";
pub(crate) const SLOW: &str = "slow";
pub(crate) const SLOWER: &str = "slower";
pub(crate) const STEADILY: &str = "steadily";
pub(crate) const SLOWLY: &str = "slowly";

/// How long the models of `slow` and `slower` take.
pub(crate) const SLOW_FOR: Duration = Duration::from_secs(2);
pub(crate) const SLOWER_FOR: Duration = Duration::from_secs(10);
/// The same of `steadily` and `slowly`, which ask again and again: ten events a second, and one.
const STEADILY_FOR: Duration = Duration::from_millis(400);
const SLOWLY_FOR: Duration = Duration::from_secs(4);

/// Ids of the durable steps around the pause.
pub(crate) const BEFORE_PAUSE: &str = "before";
pub(crate) const AFTER_PAUSE: &str = "after";

const TENANT: &str = "bench";

const ONE_STEP_YAML: &str = r#"
id: noop-1
name: One durable step
entry_step: a
steps:
  - { id: a, type: tool, tool: builtin.echo, arguments: { text: "{{ input }}" } }
"#;

const THREE_STEPS_YAML: &str = r#"
id: noop-3
name: Three durable steps
entry_step: a
steps:
  - { id: a, type: tool, tool: builtin.echo, arguments: { text: "{{ input }}" }, next: b }
  - { id: b, type: tool, tool: builtin.echo, arguments: { text: "{{ input }}" }, next: c }
  - { id: c, type: tool, tool: builtin.echo, arguments: { text: "{{ input }}" } }
"#;

const PAUSE_YAML: &str = r#"
id: pause
name: A durable step, a pause, a durable step
entry_step: before
steps:
  - { id: before, type: tool, tool: builtin.echo, arguments: { text: "{{ input }}" }, next: pause }
  - { id: pause, type: wait, until: "{{ context.until }}", next: after }
  - { id: after, type: tool, tool: builtin.echo, arguments: { text: "{{ input }}" } }
"#;

/// A model that takes its time, asked once.
fn once(id: &str, takes: Duration) -> String {
    let milliseconds = takes.as_millis();
    format!(
        r#"
id: {id}
name: A model that takes {milliseconds} ms
entry_step: ask
steps:
  - {{ id: ask, type: llm, model: scripted/slow-{milliseconds}, prompt: "{{{{ input }}}}" }}
"#
    )
}

/// A model that takes its time, asked again and again: four events each time.
fn again(id: &str, takes: Duration) -> String {
    let milliseconds = takes.as_millis();
    format!(
        r#"
id: {id}
name: Four events in {milliseconds} ms
limits: {{ max_steps: 10000 }}
entry_step: again
steps:
  - {{ id: again, type: loop, while: "index < 1000", max_iterations: 1000, steps: [ask] }}
  - {{ id: ask, type: llm, model: scripted/slow-{milliseconds}, prompt: "{{{{ input }}}}" }}
"#
    )
}

/// How many there are.
pub(crate) const WORKFLOWS: usize = 7;

/// Every workflow by its name.
fn workflows() -> [(&'static str, String); WORKFLOWS] {
    [
        (ONE_STEP, ONE_STEP_YAML.to_owned()),
        (THREE_STEPS, THREE_STEPS_YAML.to_owned()),
        (PAUSE, PAUSE_YAML.to_owned()),
        (SLOW, once(SLOW, SLOW_FOR)),
        (SLOWER, once(SLOWER, SLOWER_FOR)),
        (STEADILY, again(STEADILY, STEADILY_FOR)),
        (SLOWLY, again(SLOWLY, SLOWLY_FOR)),
    ]
}

/// Makes the database, the tenant and its workflows; the tenant's key.
///
/// # Errors
/// When the command line refuses, with what it said.
pub(crate) fn prepare(server: &Path, data: &Path) -> Result<String> {
    magone(server, data, &["migrate"])?;
    let made = magone(
        server,
        data,
        &["--output", "json", "tenant", "create", "Bench", TENANT, "--rate-limit", "none"],
    )?;
    let made: Value = serde_json::from_str(&made).context("`tenant create` printed no JSON")?;
    // What is measured is how many runs the server carries, not how many a tenant may have.
    magone(server, data, &["tenant", "update", TENANT, "--set", "max_concurrent_runs=100000"])?;
    for (id, yaml) in workflows() {
        let file = data.join(format!("{id}.yaml"));
        fs::write(&file, yaml)?;
        magone(server, data, &["workflow", "apply", "-f", &file.to_string_lossy()])?;
        assign(server, data, id, id)?;
    }
    let key = made.get("key").and_then(Value::as_str);
    key.map(str::to_owned).context("`tenant create` printed no key")
}

/// Lets the tenant call a workflow by one name more.
pub(crate) fn assign(server: &Path, data: &Path, id: &str, name: &str) -> Result<()> {
    magone(server, data, &["workflow", "assign", TENANT, id, name]).map(drop)
}

fn magone(server: &Path, data: &Path, arguments: &[&str]) -> Result<String> {
    let output = crate::server::command(server, data).args(arguments).output()?;
    ensure!(
        output.status.success(),
        "magone {} failed: {}",
        arguments.join(" "),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(String::from_utf8(output.stdout)?)
}

/// The path that starts a workflow and waits.
pub(crate) fn sync_path(workflow: &str) -> String {
    format!("/api/v1/external/execute/{workflow}")
}

/// The path that starts a workflow and does not wait.
pub(crate) fn async_path(workflow: &str) -> String {
    format!("/api/v1/external/execute/{workflow}/async")
}

/// The path of a run.
pub(crate) fn run_path(id: &str) -> String {
    format!("/api/v1/external/executions/{id}")
}
