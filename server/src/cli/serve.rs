//! `magone serve`.

use clap::Args;

use super::failure::{Failure, Outcome};
use crate::config::{Config, Environment};
use crate::engine::MakeEngine;
use crate::serve::Options;
use crate::telemetry;

/// What the environment decides.
pub(super) const HELP: &str = "\
Environment (each also as NAME_FILE; `magone config show` lists all with their values):
  DATABASE_URL           the database; default: an SQLite file in the data directory
  DATABASE_POOL_SIZE     connections that read; default: 8
  MAGONE_DATABASE_TIMEOUT_SECONDS
                         time for a statement on PostgreSQL; default: 10
  MAGONE_DATA_DIR        what is kept between starts; default: ./magone-data
  MAGONE_LISTEN          address of the API; default: 127.0.0.1:8000
  MAGONE_CONSOLE_LISTEN  address of the console; default: 127.0.0.1:3000
  MAGONE_TRUSTED_PROXIES addresses and blocks (10.0.0.0/8) of proxies whose X-Forwarded-For is believed;
                         default: none
  MAGONE_EGRESS_ALLOW    what webhooks may reach although it is not public: host-or-cidr[:port],...
  SECRETS_ENCRYPTION_KEY seals what is secret in the database; on SQLite made at the first start
  MAGONE_METRICS_LISTEN  address of /metrics alone; default: on the API's, for who asks directly
  CORS_ORIGINS           web origins that may call for every tenant, separated by commas; default: none
  MAGONE_REQUESTS_MOST   requests in work at once; beyond it 503; default: 20000
  MAGONE_BODY_SECONDS    time for a body to arrive; default: 20
  MAGONE_DRAIN_SECONDS   time for finishing at shutdown; default: 25
  MAGONE_MAX_RUNS_IN_FLIGHT
                         runs that do something at a time, of all tenants; default: 10000
  MAGONE_TENANT_IDLE_SECONDS
                         time until an idle tenant leaves memory; default: 300
  OPENAI_API_KEY         key for models named openai/...
  OPENAI_BASE_URL        any server that speaks OpenAI's protocol; default: OpenAI itself
  LOG_LEVEL              error, warn, info, debug or trace; default: info
  RUST_LOG               a log filter; wins over LOG_LEVEL";

/// Arguments of `serve`.
#[derive(Debug, Args)]
pub(super) struct ServeArguments {
    /// Address and port of the API
    #[arg(long, env = "MAGONE_LISTEN", hide_env_values = true, value_name = "ADDRESS:PORT")]
    pub listen: Option<String>,
    /// Address and port of the console
    #[arg(long, env = "MAGONE_CONSOLE_LISTEN", hide_env_values = true, value_name = "ADDRESS:PORT")]
    pub console_listen: Option<String>,
    /// With a tenant, workflows and agents to try out, on a scripted model
    #[arg(long)]
    pub demo: bool,
    /// The model that the demo's agents speak through instead, for example openai/gpt-4o-mini
    #[arg(long, requires = "demo", value_name = "PROVIDER/NAME")]
    pub model: Option<String>,
}

/// Serves until a signal comes.
pub(super) fn run(arguments: ServeArguments, env: &Environment, make: MakeEngine) -> Outcome {
    let env = with_flag(env.clone(), "MAGONE_LISTEN", arguments.listen);
    let env = with_flag(env, "MAGONE_CONSOLE_LISTEN", arguments.console_listen);
    let config = Config::read(&env)?;
    telemetry::start(&config.log_filter).map_err(Failure::usage)?;
    let options = Options { demo: arguments.demo, model: arguments.model };
    Ok(crate::serve::run(config, options, make)?)
}

/// A flag wins over the variable and over its file; clap answers the variable where there is no flag.
fn with_flag(env: Environment, name: &str, value: Option<String>) -> Environment {
    let Some(value) = value else { return env };
    let typed = std::env::var(name).ok().as_ref() != Some(&value);
    let env = if typed { env.with(&format!("{name}_FILE"), "") } else { env };
    env.with(name, value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_wins_over_variable_and_file() {
        let env = Environment::default().with("MAGONE_X", "variable").with("MAGONE_X_FILE", "/nowhere");
        let with = |value: Option<&str>| with_flag(env.clone(), "MAGONE_X", value.map(str::to_owned));
        assert_eq!(with(Some("flag")).text("MAGONE_X").unwrap().as_deref(), Some("flag"));
        assert!(with(None).text("MAGONE_X").is_err(), "both are set");
    }
}
