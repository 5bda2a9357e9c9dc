//! `magone serve`.

use clap::Args;

use super::failure::{Failure, Outcome};
use crate::config::{Config, Environment};
use crate::serve::Options;
use crate::telemetry;

/// What the environment decides.
pub(super) const HELP: &str = "\
Environment (each also as NAME_FILE; `magone config show` lists all with their values):
  DATABASE_URL           the database; default: an SQLite file in the data directory
  DATABASE_POOL_SIZE     connections that read; default: 8
  MAGONE_DATA_DIR        what is kept between starts; default: ./magone-data
  MAGONE_LISTEN          address of the API; default: 127.0.0.1:8000
  MAGONE_CONSOLE_LISTEN  address of the console; default: 127.0.0.1:3000
  MAGONE_DRAIN_SECONDS   time for finishing at shutdown; default: 25
  OPENAI_API_KEY         key for models named openai/...
  OPENAI_BASE_URL        any server that speaks OpenAI's protocol; default: OpenAI itself
  LOG_LEVEL              error, warn, info, debug or trace; default: info
  RUST_LOG               a log filter; wins over LOG_LEVEL";

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub(super) struct ServeArguments {
    /// Address and port of the API
    #[arg(
        long,
        env = "MAGONE_LISTEN",
        hide_env_values = true,
        value_name = "ADDRESS:PORT"
    )]
    pub listen: Option<String>,
    /// Address and port of the console
    #[arg(
        long,
        env = "MAGONE_CONSOLE_LISTEN",
        hide_env_values = true,
        value_name = "ADDRESS:PORT"
    )]
    pub console_listen: Option<String>,
    /// With a tenant, workflows and agents to try out, on a scripted model
    #[arg(long)]
    pub demo: bool,
    /// The model that the demo's agents speak through instead, for example openai/gpt-4o-mini
    #[arg(long, requires = "demo", value_name = "PROVIDER/NAME")]
    pub model: Option<String>,
}

/// Serves until a signal comes.
pub(super) fn run(arguments: ServeArguments, env: &Environment) -> Outcome {
    let mut env = env.clone();
    let flags = [
        ("MAGONE_LISTEN", arguments.listen),
        ("MAGONE_CONSOLE_LISTEN", arguments.console_listen),
    ];
    for (name, value) in flags {
        if let Some(value) = value {
            env = env.with(name, value);
        }
    }
    let config = Config::read(&env)?;
    telemetry::start(&config.log_filter).map_err(Failure::usage)?;
    let options = Options {
        demo: arguments.demo,
        model: arguments.model,
    };
    Ok(crate::serve::run(config, options)?)
}
