//! What a start says on the terminal: where things are, and how to begin.

use std::net::{SocketAddr, TcpListener};

use crate::application::{Application, StartError};
use crate::config::Config;
use crate::demo;
use crate::serve::Options;

/// Where the server can be reached.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// The API.
    pub api: SocketAddr,
    /// The console.
    pub console: SocketAddr,
    /// The figures, where they have a listener of their own.
    pub metrics: Option<SocketAddr>,
}

impl Addresses {
    /// As the listeners were bound: port 0 has become a real one.
    ///
    /// # Errors
    /// When the system does not tell.
    pub fn of(
        api: &TcpListener,
        console: &TcpListener,
        metrics: Option<&TcpListener>,
    ) -> Result<Self, StartError> {
        let of = |listener: &TcpListener| {
            listener
                .local_addr()
                .map_err(|error| StartError::System(format!("listener without address: {error}")))
        };
        Ok(Self { api: of(api)?, console: of(console)?, metrics: metrics.map(of).transpose()? })
    }

    /// URL of the API.
    #[must_use]
    pub fn api_url(&self) -> String {
        url(self.api)
    }

    /// URL of the console.
    #[must_use]
    pub fn console_url(&self) -> String {
        url(self.console)
    }
}

/// A browser cannot go to 0.0.0.0.
fn url(address: SocketAddr) -> String {
    match address.ip().is_unspecified() {
        true => format!("http://localhost:{}", address.port()),
        false => format!("http://{address}"),
    }
}

/// Prepares what a first start needs and says where everything is.
///
/// # Errors
/// When the demo cannot be prepared or the set-up link cannot be stored.
pub async fn start(
    application: &Application,
    config: &Config,
    options: &Options,
    addresses: &Addresses,
) -> Result<(), StartError> {
    let (services, data_dir) = (application.state.services.clone(), config.data_dir.clone());
    let with_demo = options.demo;
    let prepared = application.state.runtime.spawn(async move {
        let demo = if with_demo { Some(demo::prepare(&services, &data_dir).await?) } else { None };
        Ok::<_, StartError>((demo, services.setup_secret().await?))
    });
    let prepared = prepared.await.map_err(|error| StartError::System(error.to_string()))?;
    let (demo, secret) = prepared?;
    let mut lines = vec![
        format!("Magone {}", env!("CARGO_PKG_VERSION")),
        format!("  API      {}", addresses.api_url()),
        format!("  Console  {}", addresses.console_url()),
    ];
    if let Some(metrics) = addresses.metrics {
        lines.push(format!("  Metrics  {}/metrics", url(metrics)));
    }
    if let Some(secret) = secret {
        lines.push(format!(
            "  Set-up   {}/setup?token={secret}  (once, within 24 hours)",
            addresses.console_url()
        ));
    }
    if let Some(demo) = demo {
        lines.push(demo.introduction(&addresses.api_url()));
    }
    crate::cli::say(&lines.join("\n"));
    Ok(())
}
