//! `magone execution …`.

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::execution_list::{self, ExportArguments, ListArguments};
use super::exit::Exit;
use super::failure::{Failure, Outcome};
use super::remote::{Client, ServerArguments};
use super::run::{self, Telling};
use super::table;
use super::terminal::Format;
use crate::config::Environment;

/// What can be done with runs.
#[derive(Debug, Subcommand)]
pub(super) enum ExecutionCommand {
    /// Lists runs, newest first
    List(ListArguments),
    /// Prints every run with its result, one line of JSON each
    Export(ExportArguments),
    /// Shows a run as it is now
    Show(Which),
    /// Tells a run's events from its beginning to its end, and prints its result
    Follow {
        #[command(flatten)]
        which: Which,
        /// Leaves out the events up to this number
        #[arg(long, value_name = "SEQ", default_value_t = 0)]
        after: u64,
    },
    /// Runs the same input again, as another run, after a run that failed; prints its id
    Retry {
        #[command(flatten)]
        which: Which,
        /// Takes over the steps that had ended, by the same versions; otherwise everything is done again,
        /// by the workflow as it is now
        #[arg(long)]
        from_failed_step: bool,
        /// Stays with the new run to its end, and tells every event
        #[arg(long)]
        follow: bool,
    },
    /// Asks for a run to be stopped
    Cancel {
        #[command(flatten)]
        which: Which,
        /// Why, for whoever looks at the run later
        #[arg(long, value_name = "TEXT")]
        reason: Option<String>,
    },
}

/// A run.
#[derive(Debug, Args)]
pub(super) struct Which {
    /// The run's id: exec_…
    pub id: String,
    #[command(flatten)]
    pub server: ServerArguments,
}

/// Works on runs.
pub(super) async fn run(command: ExecutionCommand, env: &Environment, format: Format) -> Outcome {
    match command {
        ExecutionCommand::List(arguments) => execution_list::list(arguments, env, format).await,
        ExecutionCommand::Export(arguments) => execution_list::export(arguments, env).await,
        ExecutionCommand::Show(which) => {
            let client = Client::with_key(&which.server, env)?;
            show(&client.get(&["executions", &which.id]).await?, format)
        }
        ExecutionCommand::Follow { which, after } => {
            let client = Client::with_key(&which.server, env)?;
            run::attend(&client, &which.id, after, Telling::Events, format).await
        }
        ExecutionCommand::Retry { which, from_failed_step, follow } => {
            let client = Client::with_key(&which.server, env)?;
            let from = if from_failed_step { "failed_step" } else { "start" };
            let started = client.post(&["executions", &which.id, "retry"], &json!({"from": from})).await?;
            run::started(&client, &started, follow.then_some(Telling::Events), format).await
        }
        ExecutionCommand::Cancel { which, reason } => {
            let client = Client::with_key(&which.server, env)?;
            let view = client.post(&["executions", &which.id, "cancel"], &json!({"reason": reason})).await?;
            format.print(&view, || format!("{} is {}", which.id, word(&view, "/state")))
        }
    }
}

fn show(view: &Value, format: Format) -> Outcome {
    format.print(view, || {
        let names = [
            ("execution", "/execution_id"),
            ("workflow", "/workflow_slug"),
            ("state", "/state"),
            ("error", "/error"),
            ("code", "/code"),
            ("steps", "/progress"),
            ("session", "/session_id"),
            ("created", "/created_at"),
            ("started", "/started_at"),
            ("completed", "/completed_at"),
            ("duration", "/metadata/duration_ms"),
            ("agents", "/metadata/agents_used"),
        ];
        let said = names
            .into_iter()
            .filter_map(|(name, pointer)| Some((name, shown(name, view.pointer(pointer)?)?)));
        let figures = table::pairs(&said.collect::<Vec<_>>());
        match view.get("result") {
            None | Some(Value::Null) => figures,
            Some(result) => format!("{figures}\n\n{result:#}"),
        }
    })
}

/// A member in one line; `None` where it has no value.
fn shown(name: &str, value: &Value) -> Option<String> {
    let text = match (name, value) {
        (_, Value::Null) => return None,
        ("steps", progress) => steps(progress),
        ("duration", millis) => format!("{millis} ms"),
        (_, Value::String(text)) => text.clone(),
        (_, Value::Array(items)) => items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        (_, value) => value.to_string(),
    };
    (!text.is_empty()).then_some(text)
}

fn steps(progress: &Value) -> String {
    let number = |name: &str| progress.get(name).and_then(Value::as_u64).unwrap_or_default();
    let current = progress.get("current").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let current: Vec<_> = current.iter().filter_map(Value::as_str).collect();
    let so_far = format!("{} of {}", number("steps_done"), number("steps_total"));
    if current.is_empty() { so_far } else { format!("{so_far}, now {}", current.join(", ")) }
}

fn word<'a>(view: &'a Value, pointer: &str) -> &'a str {
    view.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Whether a run ended with a result.
pub(super) fn completed(view: &Value) -> bool {
    word(view, "/status") == "completed"
}

/// What a run's end is to the command that waited for it.
pub(super) fn outcome(view: &Value) -> Outcome {
    if completed(view) {
        return Ok(());
    }
    let (id, error) = (word(view, "/execution_id"), word(view, "/error"));
    let sentence = match word(view, "/state") {
        // Its error says no more than that.
        "cancelled" => format!("{id} was cancelled"),
        "timed_out" => format!("{id} timed out: {error}"),
        "budget_exceeded" => format!("{id} went over its budget: {error}"),
        _ => format!("{id} failed: {error}"),
    };
    Err(Failure::new(Exit::Failed, sentence).with_code(word(view, "/code")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_that_did_not_complete_fails_its_command() {
        assert_eq!(outcome(&json!({"status": "completed"})), Ok(()));
        let view = json!({
            "execution_id": "exec_1", "status": "failed", "state": "timed_out",
            "error": "The execution took too long", "code": "timed_out",
        });
        let failure = outcome(&view).unwrap_err();
        assert_eq!(failure.exit, Exit::Failed);
        assert_eq!(failure.sentence, "exec_1 timed out: The execution took too long");
        assert_eq!(failure.code.as_deref(), Some("timed_out"));
    }

    #[test]
    fn members_without_a_value_are_left_out() {
        assert_eq!(shown("error", &Value::Null), None);
        assert_eq!(shown("agents", &json!([])), None);
        assert_eq!(shown("agents", &json!(["a", "b"])).unwrap(), "a, b");
        assert_eq!(shown("duration", &json!(7)).unwrap(), "7 ms");
        let progress = json!({"steps_done": 1, "steps_total": 3, "current": ["b"]});
        assert_eq!(shown("steps", &progress).unwrap(), "1 of 3, now b");
    }
}
