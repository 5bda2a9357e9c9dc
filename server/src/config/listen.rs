//! Where to listen.

use std::net::SocketAddr;

use super::setting::{ConfigError, Environment, Shown};

/// Where to listen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Listen {
    /// The API (`MAGONE_LISTEN`).
    pub api: SocketAddr,
    /// The console (`MAGONE_CONSOLE_LISTEN`).
    pub console: SocketAddr,
    /// The figures (`MAGONE_METRICS_LISTEN`); `None`: they are on the API's.
    pub metrics: Option<SocketAddr>,
}

impl Listen {
    pub(super) fn read(env: &Environment) -> Result<Self, ConfigError> {
        let parse = |name: &str, text: &str, example: &str| {
            text.parse().map_err(|_| {
                ConfigError::new(name, format!("is '{text}'; use an address and a port, such as {example}"))
            })
        };
        let address = |name: &str, default: &str| {
            let text = env.text(name)?.unwrap_or_else(|| default.to_owned());
            parse(name, &text, default)
        };
        let metrics = env.text("MAGONE_METRICS_LISTEN")?;
        let metrics =
            metrics.map(|text| parse("MAGONE_METRICS_LISTEN", &text, "127.0.0.1:9100")).transpose()?;
        Ok(Self {
            api: address("MAGONE_LISTEN", "127.0.0.1:8000")?,
            console: address("MAGONE_CONSOLE_LISTEN", "127.0.0.1:3000")?,
            metrics,
        })
    }

    pub(super) fn shown(&self, env: &Environment) -> Vec<Shown> {
        vec![
            env.shown("MAGONE_LISTEN", self.api.to_string()),
            env.shown("MAGONE_CONSOLE_LISTEN", self.console.to_string()),
            env.shown(
                "MAGONE_METRICS_LISTEN",
                self.metrics.map_or_else(|| "(on the API's)".to_owned(), |address| address.to_string()),
            ),
        ]
    }
}
