//! `magone workflow …`.

use clap::Subcommand;
use magone_core::workflow::Definition;
use magone_service::Assignment;
use serde_json::{Value, json};

use super::apply::{self, Names};
use super::command::{DATABASE_HELP, SERVER_HELP};
use super::database::Database;
use super::document::{self, Files};
use super::failure::{Failure, Outcome};
use super::run::{self, RunArguments};
use super::terminal::{Format, say};
use crate::config::Environment;

/// What can be done with workflows.
#[derive(Debug, Subcommand)]
pub(super) enum WorkflowCommand {
    /// Lists everything that is wrong with definitions; without a database, agents, child workflows and
    /// collections are not looked up
    #[command(after_help = DATABASE_HELP)]
    Validate {
        #[command(flatten)]
        files: Files,
    },
    /// Saves definitions; a changed one becomes a new version
    #[command(after_help = DATABASE_HELP)]
    Apply {
        #[command(flatten)]
        files: Files,
    },
    /// Lists all definitions
    #[command(after_help = DATABASE_HELP)]
    List,
    /// Gives a tenant a definition, under a name of its own
    #[command(after_help = DATABASE_HELP)]
    Assign {
        /// The tenant's short name
        tenant: String,
        /// The definition's id
        definition: String,
        /// The tenant's short name for it: a-z, 0-9 and '-'
        slug: String,
        /// What people call it
        name: Option<String>,
        /// A version's number to stay at, or `latest`
        #[arg(long, value_name = "N|latest", default_value = "latest", value_parser = pinned)]
        version: Pinned,
        /// What the tenant has otherwise: entry_agent_id, config, model, limits, as JSON; {} for nothing
        #[arg(long, value_name = "JSON", value_parser = json_text)]
        overrides: Option<Value>,
    },
    /// Runs a workflow and prints its result
    #[command(after_help = SERVER_HELP)]
    Run(RunArguments),
}

/// A version to stay at; none: always the latest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Pinned(Option<u32>);

fn pinned(text: &str) -> Result<Pinned, String> {
    if text == "latest" {
        return Ok(Pinned(None));
    }
    let number = text.parse().ok().filter(|number| *number > 0);
    number.map(|number| Pinned(Some(number))).ok_or_else(|| "a version's number, or latest".to_owned())
}

fn json_text(text: &str) -> Result<Value, String> {
    serde_json::from_str(text).map_err(|error| format!("no JSON: {error}"))
}

/// Works on the workflows.
pub(super) async fn run(command: WorkflowCommand, env: &Environment, format: Format) -> Outcome {
    match command {
        WorkflowCommand::Validate { files } => validate(&files, env, format).await,
        WorkflowCommand::Apply { files } => {
            let apply =
                async |database: &Database| apply::apply::<Definition>(database, &files, format).await;
            Database::with(env, apply).await
        }
        WorkflowCommand::List => {
            let list = async |database: &Database| {
                apply::list::<Definition>(database, "magone workflow apply -f FILE", format).await
            };
            Database::with(env, list).await
        }
        WorkflowCommand::Assign { tenant, definition, slug, name, version, overrides } => {
            let assign = async |database: &Database| {
                let Database { services, caller, .. } = database;
                let assignment = Assignment {
                    definition: definition.clone(),
                    version: version.0,
                    name,
                    description: None,
                    overrides,
                };
                services.assign_workflow(caller, &tenant, &slug, assignment).await?;
                let data = json!({
                    "tenant": tenant, "definition": definition, "slug": slug, "version": version.0,
                });
                format.print(&data, || format!("tenant {tenant} runs {definition} as {slug}"))
            };
            Database::with(env, assign).await
        }
        WorkflowCommand::Run(arguments) => run::run(arguments, env, format).await,
    }
}

async fn validate(files: &Files, env: &Environment, format: Format) -> Outcome {
    let documents = document::read(&files.paths)?;
    let names = match names(env, &documents).await {
        Ok(names) => Some(names),
        Err(why) => {
            say(&format!("Agents, child workflows and collections are not looked up: {}.", why.sentence));
            None
        }
    };
    let (verdicts, _) = apply::judge::<Definition>(documents, names.as_ref())?;
    format.print(&verdicts, || document::problem_table(&verdicts))?;
    match document::refusal(&verdicts) {
        None => Ok(()),
        Some(sentence) => Err(Failure::failed(sentence).with_code("validation")),
    }
}

async fn names(env: &Environment, documents: &[document::Document]) -> Result<Names, Failure> {
    let database = Database::open(env).await?;
    let names = Names::of::<Definition>(&database, documents).await;
    database.close().await;
    names
}
