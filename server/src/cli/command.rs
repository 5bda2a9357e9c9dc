//! What can be typed.

use clap::{Parser, Subcommand};
use clap_complete::Shell;

use super::admin::AdminCommand;
use super::agent::AgentCommand;
use super::execution::ExecutionCommand;
use super::exit;
use super::key::KeyCommand;
use super::prices::PricesCommand;
use super::remote::ServerArguments;
use super::serve::ServeArguments;
use super::settings::ConfigCommand;
use super::tenant::TenantCommand;
use super::terminal::Format;
use super::workflow::WorkflowCommand;

/// Variables of every command that works on the database.
pub(super) const DATABASE_HELP: &str = "\
Environment (each also as NAME_FILE):
  DATABASE_URL      the database; default: an SQLite file in the data directory
  MAGONE_DATA_DIR   what is kept between starts; default: ./magone-data";

/// Variables of every command that calls a server with a key.
pub(super) const SERVER_HELP: &str = "\
Environment (each also as NAME_FILE):
  MAGONE_URL       the server; default: http://127.0.0.1:8000
  MAGONE_API_KEY   a key of the tenant whose workflows are run";

/// Runs workflows of AI agents for many tenants, durably
#[derive(Debug, Parser)]
#[command(name = "magone", version, after_help = exit::HELP, after_long_help = exit::HELP)]
pub(super) struct CommandLine {
    /// How data is printed
    #[arg(long, global = true, value_enum, value_name = "FORMAT", default_value_t)]
    pub output: Format,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Serves API and console
    #[command(after_help = super::serve::HELP)]
    Serve(ServeArguments),
    /// Brings the database's schema up to date
    #[command(after_help = DATABASE_HELP)]
    Migrate,
    /// Makes accounts for the console and tokens for the internal API
    #[command(subcommand, after_help = DATABASE_HELP)]
    Admin(AdminCommand),
    /// Makes, shows, changes and suspends tenants
    #[command(subcommand, after_help = DATABASE_HELP)]
    Tenant(TenantCommand),
    /// Makes, lists and revokes tenants' keys
    #[command(subcommand, after_help = DATABASE_HELP)]
    Key(KeyCommand),
    /// Names what models cost
    #[command(subcommand, after_help = DATABASE_HELP)]
    Prices(PricesCommand),
    /// Saves, lists and shows agents
    #[command(subcommand, after_help = DATABASE_HELP)]
    Agent(AgentCommand),
    /// Checks, saves, lists, assigns and runs workflows
    #[command(subcommand)]
    Workflow(WorkflowCommand),
    /// Lists, shows, follows, cancels and exports runs
    #[command(subcommand, after_help = SERVER_HELP)]
    Execution(ExecutionCommand),
    /// Asks whether a server is there and ready
    Health(ServerArguments),
    /// Looks for what is wrong with this installation, and says how to mend it
    Doctor,
    /// Prints the contract of the HTTP API (OpenAPI 3.1), as /openapi.json answers it
    Openapi,
    /// Prints what a shell has to know to complete this command line
    Completions {
        /// The shell
        shell: Shell,
    },
    /// Shows the settings and where they come from
    #[command(subcommand)]
    Config(ConfigCommand),
}

#[cfg(test)]
#[path = "command_test.rs"]
mod tests;
