//! `magone execution list|export`.

use clap::Args;
use serde_json::{Value, json};

use super::failure::{Failure, Outcome};
use super::remote::{Client, ServerArguments};
use super::table::Table;
use super::terminal::{self, Format, say};
use crate::config::Environment;

/// Runs of a page of the export.
const PAGE: &str = "100";
/// Events of a page of the export.
const EVENTS: &str = "1000";

/// Which runs.
#[derive(Debug, Args)]
pub(super) struct FilterArguments {
    /// Only of this workflow, by its short name
    #[arg(long, value_name = "SLUG")]
    pub workflow: Option<String>,
    /// Only in this status: pending, running, completed or failed
    #[arg(long, value_name = "STATUS")]
    pub status: Option<String>,
    /// Only of this session
    #[arg(long, value_name = "ID")]
    pub session: Option<String>,
    /// Only those accepted at this time or later, as in RFC 3339
    #[arg(long, value_name = "TIME")]
    pub created_after: Option<String>,
}

/// Arguments of the list.
#[derive(Debug, Args)]
pub(super) struct ListArguments {
    #[command(flatten)]
    pub filter: FilterArguments,
    /// Runs that are listed, 1 to 100
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub limit: u32,
    /// Goes on where an earlier list ended
    #[arg(long, value_name = "CURSOR")]
    pub cursor: Option<String>,
    #[command(flatten)]
    pub server: ServerArguments,
}

/// Arguments of the export.
#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    #[command(flatten)]
    pub filter: FilterArguments,
    /// With each run's events
    #[arg(long)]
    pub events: bool,
    #[command(flatten)]
    pub server: ServerArguments,
}

type Query = Vec<(&'static str, String)>;

impl FilterArguments {
    fn query(&self) -> Query {
        let pairs = [
            ("workflow", &self.workflow),
            ("status", &self.status),
            ("session_id", &self.session),
            ("created_after", &self.created_after),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value.clone()?))).collect()
    }
}

/// Lists runs, newest first.
pub(super) async fn list(arguments: ListArguments, env: &Environment, format: Format) -> Outcome {
    let client = Client::with_key(&arguments.server, env)?;
    let mut query = arguments.filter.query();
    query.push(("limit", arguments.limit.to_string()));
    query.extend(arguments.cursor.map(|cursor| ("cursor", cursor)));
    let page = client.get_with(&["executions"], &query).await?;
    format.print(&page, || {
        let rows = rows(&page).iter().map(cells).collect();
        Table::new(&["EXECUTION", "WORKFLOW", "STATE", "CREATED", "COMPLETED"], rows).to_string()
    })?;
    if let (Format::Table, Some(cursor)) = (format, next(&page)) {
        say(&format!("There are more: --cursor {}", terminal::plain(cursor)));
    }
    Ok(())
}

/// Prints every run that fits, newest first, each as one line of JSON with its result.
pub(super) async fn export(arguments: ExportArguments, env: &Environment) -> Outcome {
    let client = Client::with_key(&arguments.server, env)?;
    let mut query = arguments.filter.query();
    query.extend([("limit", PAGE.to_owned()), ("include", "result".to_owned())]);
    let mut cursor: Option<String> = None;
    loop {
        let mut page_query = query.clone();
        page_query.extend(cursor.take().map(|cursor| ("cursor", cursor)));
        let page = client.get_with(&["executions"], &page_query).await?;
        for run in rows(&page) {
            let mut run = run.clone();
            if arguments.events {
                let events = events(&client, &run).await?;
                if let Some(members) = run.as_object_mut() {
                    members.insert("events".to_owned(), Value::Array(events));
                }
            }
            terminal::print(&run.to_string())?;
        }
        match next(&page) {
            Some(next) => cursor = Some(next.to_owned()),
            None => return Ok(()),
        }
    }
}

async fn events(client: &Client, run: &Value) -> Result<Vec<Value>, Failure> {
    let id = word(run, "execution_id");
    let (mut events, mut after) = (Vec::new(), json!(0));
    loop {
        let query = [("after", after.to_string()), ("limit", EVENTS.to_owned())];
        let page = client.get_with(&["executions", id, "events"], &query).await?;
        let found = page.get("events").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if found.is_empty() {
            return Ok(events);
        }
        events.extend(found.iter().cloned());
        after = page.get("next_after").cloned().unwrap_or_default();
    }
}

fn rows(page: &Value) -> &[Value] {
    page.get("executions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

fn next(page: &Value) -> Option<&str> {
    page.get("next_cursor")?.as_str()
}

fn word<'a>(run: &'a Value, name: &str) -> &'a str {
    run.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn cells(run: &Value) -> Vec<String> {
    let names = ["execution_id", "workflow_slug", "state", "created_at", "completed_at"];
    names.map(|name| word(run, name).to_owned()).to_vec()
}
