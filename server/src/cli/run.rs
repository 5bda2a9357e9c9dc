//! `magone workflow run`: starts a run and stays with it to its end. The run is started
//! asynchronously and followed, so that it may take longer than any call, and outlive a restart of
//! the server while somebody waits for it.

use std::io::Read;

use clap::Args;
use serde_json::{Map, Value, json};

use super::execution;
use super::failure::{Failure, Outcome};
use super::remote::{self, Client, ServerArguments};
use super::terminal::{self, Format, Paint, say};
use crate::config::Environment;

/// Arguments of `workflow run`.
#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// The tenant's short name for the workflow
    pub slug: String,
    #[command(flatten)]
    pub input: InputArguments,
    /// A JSON object that overlays the definition's context
    #[arg(long, value_name = "JSON", value_parser = object)]
    pub context: Option<Map<String, Value>>,
    /// The session that the run belongs to
    #[arg(long, value_name = "ID")]
    pub session: Option<String>,
    /// Prints the run's id and does not wait for its end
    #[arg(long = "async", conflicts_with = "follow")]
    pub detached: bool,
    /// Tells every event as it happens, on standard error; with --output json as JSON, one a line,
    /// on standard output
    #[arg(long)]
    pub follow: bool,
    #[command(flatten)]
    pub server: ServerArguments,
}

/// What the workflow is asked.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(super) struct InputArguments {
    /// The input as text, or - for standard input
    #[arg(long, value_name = "TEXT")]
    pub input: Option<String>,
    /// The input as JSON
    #[arg(long, value_name = "JSON", value_parser = json)]
    pub input_json: Option<Value>,
}

fn json(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))
}

fn object(text: &str) -> Result<Map<String, Value>, String> {
    match json(text)? {
        Value::Object(members) => Ok(members),
        _ => Err("a JSON object is needed, such as {\"region\":\"dubai\"}".to_owned()),
    }
}

impl InputArguments {
    fn value(self) -> Result<Value, Failure> {
        if let Some(value) = self.input_json {
            return Ok(value);
        }
        let text = self.input.unwrap_or_default();
        if text != "-" {
            return Ok(Value::String(text));
        }
        let mut text = String::new();
        let read = std::io::stdin().lock().read_to_string(&mut text);
        read.map_err(|error| Failure::failed(format!("cannot read standard input: {error}")))?;
        Ok(Value::String(text))
    }
}

/// Runs a workflow.
pub(super) async fn run(arguments: RunArguments, env: &Environment, format: Format) -> Outcome {
    let client = Client::with_key(&arguments.server, env)?;
    let mut body = json!({"input": arguments.input.value()?});
    if let Some(members) = body.as_object_mut() {
        members.extend(arguments.context.map(|context| ("context".to_owned(), Value::Object(context))));
        members.extend(arguments.session.map(|session| ("session_id".to_owned(), Value::String(session))));
    }
    let started = client.post(&["execute", &arguments.slug, "async"], &body).await?;
    let telling = if arguments.follow { Telling::Events } else { Telling::End };
    self::started(&client, &started, (!arguments.detached).then_some(telling), format).await
}

/// Stays with a run that was just started, or prints its id.
pub(super) async fn started(
    client: &Client,
    started: &Value,
    telling: Option<Telling>,
    format: Format,
) -> Outcome {
    let id = started.get("execution_id").and_then(Value::as_str);
    let id = id.ok_or_else(|| Failure::failed(format!("the server at {} named no run", client.url())))?;
    let Some(telling) = telling else {
        format.print(started, || id.to_owned())?;
        say(&format!("Follow it with: magone execution follow {}", terminal::plain(id)));
        return Ok(());
    };
    attend(client, id, 0, telling, format).await
}

/// How much is told about a run while it is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Telling {
    /// Each event.
    Events,
    /// The end alone.
    End,
}

/// Stays with a run to its end, and prints its result; fails when the run did.
pub(super) async fn attend(
    client: &Client,
    id: &str,
    after: u64,
    telling: Telling,
    format: Format,
) -> Outcome {
    let paint = Paint::of_stderr();
    let ended = remote::follow(client, id, after, |event| {
        match (telling, format) {
            (Telling::End, _) => {}
            (Telling::Events, Format::Table) => say(&remote::narrate(event, paint)),
            (Telling::Events, Format::Json) => terminal::print(&event.to_string())?,
        }
        Ok(())
    });
    let view = ended.await?;
    match (telling, format) {
        // The last line was the end, with the whole projection in it.
        (Telling::Events, Format::Json) => {}
        (_, Format::Json) => terminal::print(&terminal::pretty(&view)?)?,
        (_, Format::Table) if execution::completed(&view) => {
            terminal::print(&terminal::pretty(view.get("result").unwrap_or(&Value::Null))?)?;
        }
        (_, Format::Table) => {}
    }
    execution::outcome(&view)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_in_json_are_checked_where_they_are_typed() {
        assert_eq!(json("[1]"), Ok(json!([1])));
        assert!(json("{").unwrap_err().starts_with("no JSON"));
        assert!(object("[1]").unwrap_err().contains("object"));
        assert_eq!(object("{\"a\":1}").unwrap().get("a"), Some(&json!(1)));
    }
}
