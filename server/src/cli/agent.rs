//! `magone agent …`.

use clap::Subcommand;
use magone_core::agent::Agent;
use magone_core::workflow::validate;
use magone_service::Version;
use magone_store::Summary;
use serde_json::{Value, json};

use super::database::Database;
use super::document::{self, Files, Verdict};
use super::failure::{Failure, Outcome};
use super::table::{self, Table};
use super::terminal::{self, Format, say};
use crate::config::Environment;

/// What can be done with agents.
#[derive(Debug, Subcommand)]
pub(super) enum AgentCommand {
    /// Saves agents; a changed one becomes a new version
    Apply {
        #[command(flatten)]
        files: Files,
    },
    /// Lists all agents
    List,
    /// Shows an agent, its latest version or another one
    Show {
        /// Its id
        id: String,
        /// The version; default: the latest
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
        version: Option<u32>,
    },
}

/// Works on the agents.
pub(super) async fn run(command: AgentCommand, env: &Environment, format: Format) -> Outcome {
    Database::with(env, async |database| match command {
        AgentCommand::Apply { files } => apply(database, &files, format).await,
        AgentCommand::List => {
            let agents = database.services.agents(&database.caller).await?;
            list(&agents, "There is no agent yet; save one with `magone agent apply -f FILE`.", format)
        }
        AgentCommand::Show { id, version } => {
            show(&database.services.agent(&database.caller, &id, version).await?, format)
        }
    })
    .await
}

/// All or nothing: documents are judged before the first one is saved.
async fn apply(database: &Database, files: &Files, format: Format) -> Outcome {
    let tools = super::database::tools()?;
    let (mut agents, mut verdicts) = (Vec::new(), Vec::new());
    for document in document::read(&files.paths)? {
        match validate::read_agent(&document.text, &|name| tools.iter().any(|tool| tool == name)) {
            Ok(agent) => {
                verdicts.push(Verdict::of(&document.name, Vec::new()));
                agents.push(agent);
            }
            Err(problems) => verdicts.push(Verdict::of(&document.name, problems)),
        }
    }
    refuse(&verdicts, format)?;
    let mut saved = Vec::new();
    for agent in &agents {
        saved.push((agent.id.clone(), database.services.save_agent(&database.caller, agent, None).await?));
    }
    report(&saved, format)
}

fn show(found: &Version<Agent>, format: Format) -> Outcome {
    format.print(found, || {
        let agent = &found.document;
        let mut pairs = vec![
            ("id", agent.id.clone()),
            ("version", found.version.to_string()),
            ("model", agent.model.clone()),
            ("max turns", agent.max_turns.to_string()),
        ];
        pairs.extend(agent.name.clone().map(|name| ("name", name)));
        if !agent.tools.is_empty() {
            pairs.push(("tools", agent.tools.join(", ")));
        }
        let instructions: Vec<_> = agent.instructions.lines().map(terminal::plain).collect();
        format!("{}\n\n{}", table::pairs(&pairs), instructions.join("\n"))
    })
}

/// Ends a command whose documents are not in order.
pub(super) fn refuse(verdicts: &[Verdict], format: Format) -> Outcome {
    let Some(sentence) = document::refusal(verdicts) else {
        return Ok(());
    };
    format.print(&verdicts, || document::problem_table(verdicts))?;
    Err(Failure::failed(format!("{sentence}; nothing was saved")).with_code("validation"))
}

/// What was saved.
pub(super) fn report(saved: &[(String, u32)], format: Format) -> Outcome {
    let rows: Vec<Value> = saved.iter().map(|(id, version)| json!({"id": id, "version": version})).collect();
    format.print(&rows, || {
        let row = |(id, version): &(String, u32)| vec![id.clone(), version.to_string()];
        Table::new(&["ID", "VERSION"], saved.iter().map(row).collect()).to_string()
    })
}

/// Documents that there are.
pub(super) fn list(summaries: &[Summary], none: &str, format: Format) -> Outcome {
    if summaries.is_empty() {
        say(none);
    }
    let json = |summary: &Summary| {
        json!({
            "id": summary.id,
            "name": summary.name,
            "description": summary.description,
            "latest_version": summary.latest_version,
            "created_at": summary.created_at,
            "updated_at": summary.updated_at,
        })
    };
    format.print(&summaries.iter().map(json).collect::<Vec<_>>(), || {
        let row = |summary: &Summary| {
            let (name, version) = (summary.name.clone().unwrap_or_default(), summary.latest_version);
            vec![summary.id.clone(), name, version.to_string(), summary.updated_at.to_string()]
        };
        Table::new(&["ID", "NAME", "VERSION", "UPDATED"], summaries.iter().map(row).collect()).to_string()
    })
}
