//! What commands do with documents of either kind: `magone agent …` and `magone workflow …`.

use std::collections::BTreeSet;

use magone_core::agent::Agent;
use magone_core::workflow::validate::{Collections, Known};
use magone_service::Document;
use magone_store::Summary;
use serde_json::{Value, json};

use super::database::{self, Database};
use super::document::{self, Files, Verdict};
use super::failure::{Failure, Outcome};
use super::table::Table;
use super::terminal::{Format, say};

/// What documents may name.
pub(super) struct Names {
    agents: BTreeSet<String>,
    collections: Option<Vec<String>>,
}

/// What there is to be named.
pub(super) async fn names_in(database: &Database) -> Result<Names, Failure> {
    let agents = database.services.documents::<Agent>(&database.caller).await?;
    let agents = agents.into_iter().map(|agent| agent.id).collect();
    Ok(Names { agents, collections: database.services.collections().await? })
}

/// Reads documents: a verdict for each, and those that are in order. Where it is not known what there
/// is, every name is taken for right.
pub(super) fn judge<D: Document>(
    documents: Vec<document::Document>,
    names: Option<&Names>,
) -> Result<(Vec<Verdict>, Vec<D>), Failure> {
    let tools = database::tools()?;
    let known_tool = |name: &str| tools.iter().any(|tool| tool == name);
    let known_agent = |id: &str| names.is_none_or(|names| names.agents.contains(id));
    let collections =
        names.map_or(Collections::Unknown, |names| Collections::of(names.collections.as_deref()));
    let known = Known { agents: &known_agent, tools: &known_tool, collections };
    let (mut verdicts, mut sound) = (Vec::new(), Vec::new());
    for document in documents {
        let problems = match D::from_text(&document.text, known) {
            Ok(found) => {
                sound.push(found);
                Vec::new()
            }
            Err(problems) => problems,
        };
        verdicts.push(Verdict::of(&document.name, problems));
    }
    Ok((verdicts, sound))
}

/// All or nothing: documents are judged before the first one is saved.
pub(super) async fn apply<D: Document>(database: &Database, files: &Files, format: Format) -> Outcome {
    let documents = document::read(&files.paths)?;
    let (verdicts, sound) = judge::<D>(documents, Some(&names_in(database).await?))?;
    refuse(&verdicts, format)?;
    let mut saved = Vec::new();
    for document in &sound {
        let version = database.services.save(&database.caller, document, None).await?;
        saved.push((document.id(), version));
    }
    report(&saved, format)
}

/// Documents that there are; where there is none, `command` saves one.
pub(super) async fn list<D: Document>(database: &Database, command: &str, format: Format) -> Outcome {
    let summaries = database.services.documents::<D>(&database.caller).await?;
    if summaries.is_empty() {
        say(&format!("There is no {} yet; save one with `{command}`.", D::WORD));
    }
    format.print(&summaries, || {
        let row = |summary: &Summary| {
            let (name, version) = (summary.name.clone().unwrap_or_default(), summary.latest_version);
            vec![summary.id.clone(), name, version.to_string(), summary.updated_at.to_string()]
        };
        Table::new(&["ID", "NAME", "VERSION", "UPDATED"], summaries.iter().map(row).collect()).to_string()
    })
}

/// Ends a command whose documents are not in order.
fn refuse(verdicts: &[Verdict], format: Format) -> Outcome {
    let Some(sentence) = document::refusal(verdicts) else {
        return Ok(());
    };
    format.print(&verdicts, || document::problem_table(verdicts))?;
    Err(Failure::failed(format!("{sentence}; nothing was saved")).with_code("validation"))
}

/// What was saved.
fn report(saved: &[(&str, u32)], format: Format) -> Outcome {
    let rows: Vec<Value> = saved.iter().map(|(id, version)| json!({"id": id, "version": version})).collect();
    format.print(&rows, || {
        let row = |(id, version): &(&str, u32)| vec![(*id).to_owned(), version.to_string()];
        Table::new(&["ID", "VERSION"], saved.iter().map(row).collect()).to_string()
    })
}
