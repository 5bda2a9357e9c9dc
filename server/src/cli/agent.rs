//! `magone agent …`.

use clap::Subcommand;
use magone_core::agent::Agent;
use magone_service::Version;

use super::apply;
use super::database::Database;
use super::document::Files;
use super::failure::Outcome;
use super::table;
use super::terminal::{self, Format};
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
        AgentCommand::Apply { files } => apply::apply::<Agent>(database, &files, format).await,
        AgentCommand::List => apply::list::<Agent>(database, "magone agent apply -f FILE", format).await,
        AgentCommand::Show { id, version } => {
            show(&database.services.document(&database.caller, &id, version).await?, format)
        }
    })
    .await
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
        if !agent.knowledge.is_empty() {
            pairs.push(("knowledge", agent.knowledge.join(", ")));
        }
        let instructions: Vec<_> = agent.instructions.lines().map(terminal::plain).collect();
        format!("{}\n\n{}", table::pairs(&pairs), instructions.join("\n"))
    })
}
