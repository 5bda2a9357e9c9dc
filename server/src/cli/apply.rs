//! What commands do with documents of either kind: `magone agent …` and `magone workflow …`.

use std::collections::BTreeSet;

use magone_core::agent::Agent;
use magone_core::workflow::validate::{Collections, Known};
use magone_service::{Children, Document};
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
    workflows: Children,
    collections: Option<Vec<String>>,
}

impl Names {
    /// What there is, and what the documents themselves bring along: a definition may run another one
    /// of the same files.
    pub(super) async fn of<D: Document>(
        database: &Database,
        documents: &[document::Document],
    ) -> Result<Self, Failure> {
        let Database { services, caller, .. } = database;
        let readable = |document: &document::Document| D::from_text(&document.text, Known::ANYTHING).ok();
        let brought: Children = documents
            .iter()
            .filter_map(readable)
            .map(|document| (document.id().to_owned(), document.runs()))
            .collect();
        let mut workflows = services.children(brought.values().flatten().cloned().collect()).await?;
        workflows.extend(brought);
        let agents = services.documents::<Agent>(caller).await?.into_iter().map(|agent| agent.id).collect();
        Ok(Self { agents, workflows, collections: services.collections().await? })
    }
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
    let known_workflow =
        |id: &str| names.map_or_else(|| Some(BTreeSet::new()), |names| names.workflows.get(id).cloned());
    let collections =
        names.map_or(Collections::Unknown, |names| Collections::of(names.collections.as_deref()));
    let known = Known { agents: &known_agent, tools: &known_tool, workflows: &known_workflow, collections };
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
    let names = Names::of::<D>(database, &documents).await?;
    let (verdicts, sound) = judge::<D>(documents, Some(&names))?;
    refuse(&verdicts, format)?;
    let mut saved = Vec::new();
    for document in children_first(&sound) {
        let version = database.services.save(&database.caller, document, None).await?;
        saved.push((document.id(), version));
    }
    report(&saved, format)
}

/// A document can be saved once what it runs is there. The documents run in no circle: they were judged.
fn children_first<D: Document>(documents: &[D]) -> Vec<&D> {
    let mut left: Vec<&D> = documents.iter().collect();
    let mut ordered = Vec::new();
    while !left.is_empty() {
        let waiting: BTreeSet<String> = left.iter().map(|document| document.id().to_owned()).collect();
        let (ready, rest): (Vec<&D>, Vec<&D>) =
            left.iter().partition(|document| document.runs().is_disjoint(&waiting));
        if ready.is_empty() {
            // Saving says what is wrong.
            ordered.extend(rest);
            break;
        }
        ordered.extend(ready);
        left = rest;
    }
    ordered
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
