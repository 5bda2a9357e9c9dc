//! All topics together.

use std::path::PathBuf;
use std::time::Duration;

use magone_engine::Breakpoints;

use super::{ConfigError, Database, Egress, Environment, Gate, Listen, Models, Proxies, SecretKeys, Shown};

/// Everything that can be configured.
#[derive(Debug)]
pub struct Config {
    /// Where what is kept between starts lives (`MAGONE_DATA_DIR`).
    pub data_dir: PathBuf,
    /// The database.
    pub database: Database,
    /// Where to listen.
    pub listen: Listen,
    /// Who stands between us and our callers.
    pub proxies: Proxies,
    /// What the API takes in.
    pub gate: Gate,
    /// Model providers.
    pub models: Models,
    /// Where calls for tenants may go.
    pub egress: Egress,
    /// What secrets in the database are sealed with.
    pub secrets: SecretKeys,
    /// Time for finishing at shutdown (`MAGONE_DRAIN_SECONDS`).
    pub drain: Duration,
    /// Runs that do something at a time, whosever they are (`MAGONE_MAX_RUNS_IN_FLIGHT`).
    pub places: u32,
    /// When a tenant that nobody uses is forgotten (`MAGONE_TENANT_IDLE_SECONDS`).
    pub tenant_idle: Duration,
    /// Log filter (`RUST_LOG`, else `LOG_LEVEL`).
    pub log_filter: String,
    /// Where a test lets the process die (`MAGONE_BREAKPOINT`, not in release builds).
    pub breakpoints: Breakpoints,
}

impl Config {
    /// Reads everything.
    ///
    /// # Errors
    /// One sentence that names the variable and how to mend it.
    pub fn read(env: &Environment) -> Result<Self, ConfigError> {
        refuse_unsupported(env)?;
        let data_dir =
            PathBuf::from(env.text("MAGONE_DATA_DIR")?.unwrap_or_else(|| "./magone-data".to_owned()));
        Ok(Self {
            database: Database::read(env, &data_dir)?,
            listen: Listen::read(env)?,
            proxies: Proxies::read(env)?,
            gate: Gate::read(env)?,
            models: Models::read(env)?,
            egress: Egress::read(env)?,
            secrets: SecretKeys::read(env)?,
            drain: Duration::from_secs(env.number("MAGONE_DRAIN_SECONDS", 25, 0..=3_600)?),
            places: places(env)?,
            tenant_idle: Duration::from_secs(env.number("MAGONE_TENANT_IDLE_SECONDS", 300, 1..=86_400)?),
            log_filter: log_filter(env)?,
            breakpoints: breakpoints(env)?,
            data_dir,
        })
    }

    /// What is set and where it comes from, secrets redacted: for `config show`.
    #[must_use]
    pub fn shown(&self, env: &Environment) -> Vec<Shown> {
        let mut rows = vec![
            env.shown("MAGONE_DATA_DIR", self.data_dir.display().to_string()),
            env.shown("MAGONE_DRAIN_SECONDS", self.drain.as_secs().to_string()),
            env.shown("MAGONE_MAX_RUNS_IN_FLIGHT", self.places.to_string()),
            env.shown("MAGONE_TENANT_IDLE_SECONDS", self.tenant_idle.as_secs().to_string()),
            env.shown("LOG_LEVEL", self.log_filter.clone()),
        ];
        rows.extend(self.database.shown(env));
        rows.extend(self.listen.shown(env));
        rows.extend(self.proxies.shown(env));
        rows.extend(self.gate.shown(env));
        rows.extend(self.models.shown(env));
        rows.extend(self.egress.shown(env));
        rows.extend(self.secrets.shown(env));
        rows.sort_by(|a, b| a.name.cmp(&b.name));
        rows
    }
}

/// Settings of the contract whose part is not in this release: better no start than a silent miss.
fn refuse_unsupported(env: &Environment) -> Result<(), ConfigError> {
    for (name, instead) in [
        ("TEMPORAL_HOST", "runs are executed by the embedded engine"),
        ("REDIS_URL", "one process holds all limits"),
        ("QDRANT_HOST", "there is no knowledge base yet"),
        ("BACKEND_API_URL", "there is no gateway role yet"),
    ] {
        if env.text(name)?.is_some() {
            let why = format!("is set, but this release does not use it: {instead}; unset it to start");
            return Err(ConfigError::new(name, why));
        }
    }
    Ok(())
}

fn places(env: &Environment) -> Result<u32, ConfigError> {
    let places = env.number("MAGONE_MAX_RUNS_IN_FLIGHT", 10_000, 1..=1_000_000)?;
    Ok(u32::try_from(places).unwrap_or(u32::MAX))
}

fn log_filter(env: &Environment) -> Result<String, ConfigError> {
    if let Some(filter) = env.text("RUST_LOG")? {
        return Ok(filter);
    }
    let level = env.text("LOG_LEVEL")?.unwrap_or_else(|| "info".to_owned()).to_lowercase();
    let known = ["error", "warn", "warning", "info", "debug", "trace"];
    match level.as_str() {
        "warning" => Ok("warn".to_owned()),
        level if known.contains(&level) => Ok(level.to_owned()),
        level => {
            Err(ConfigError::new("LOG_LEVEL", format!("is '{level}'; use error, warn, info, debug or trace")))
        }
    }
}

fn breakpoints(env: &Environment) -> Result<Breakpoints, ConfigError> {
    match env.text("MAGONE_BREAKPOINT")? {
        None => Ok(Breakpoints::default()),
        Some(text) => Breakpoints::parse(&text)
            .map_err(|why| ConfigError::new("MAGONE_BREAKPOINT", format!("is set: {why}"))),
    }
}
