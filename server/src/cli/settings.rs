//! `magone config show`.

use clap::Subcommand;

use super::failure::Outcome;
use super::table::Table;
use super::terminal::Format;
use crate::config::{Config, Environment, Shown};

/// What can be asked about the settings.
#[derive(Debug, Subcommand)]
pub(super) enum ConfigCommand {
    /// Every setting with its value and where it comes from; secrets are not shown
    Show,
}

/// Shows the settings.
pub(super) fn run(command: &ConfigCommand, env: &Environment, format: Format) -> Outcome {
    let ConfigCommand::Show = command;
    let rows = shown(env)?;
    format.print(&rows, || {
        let row = |shown: &Shown| vec![shown.name.clone(), shown.value.clone(), shown.origin.to_owned()];
        Table::new(&["NAME", "VALUE", "ORIGIN"], rows.iter().map(row).collect()).to_string()
    })
}

fn shown(env: &Environment) -> Result<Vec<Shown>, crate::config::ConfigError> {
    let mut rows = Config::read(env)?.shown(env);
    let url = env.text("MAGONE_URL")?.unwrap_or_else(|| super::remote::DEFAULT_URL.to_owned());
    let key = if env.text("MAGONE_API_KEY")?.is_some() { "(set)" } else { "(not set)" };
    rows.push(env.shown("MAGONE_API_KEY", key.to_owned()));
    rows.push(env.shown("MAGONE_URL", url));
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_redacted_and_origins_named() {
        let env = Environment::default()
            .with("OPENAI_API_KEY", "sk-very-secret")
            .with("MAGONE_API_KEY", "magure_live_secret")
            .with("DATABASE_URL", "postgres://magone:hunter2@db/prod");
        let rows = shown(&env).unwrap();
        let text = serde_json::to_string(&rows).unwrap();
        for secret in ["sk-very-secret", "magure_live_secret", "hunter2"] {
            assert!(!text.contains(secret), "{text}");
        }
        let origin = |name: &str| rows.iter().find(|row| row.name == name).unwrap().origin;
        assert_eq!((origin("MAGONE_API_KEY"), origin("MAGONE_LISTEN")), ("environment", "default"));
        assert!(rows.is_sorted_by(|a, b| a.name < b.name), "each name once, in order");
    }
}
