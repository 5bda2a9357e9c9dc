//! B9: from the start of the process to readiness on an empty data directory, and what it holds then.

use std::fs;
use std::time::Duration;

use anyhow::Result;

use crate::figure::{Figures, Mark};
use crate::options::Options;
use crate::report::About;
use crate::rounds::{folder, runtime};
use crate::server::Server;

/// What it is about.
pub(crate) const ABOUT: About = About {
    bench: "B9",
    name: "start and size",
    beside: &["Restate 1.7.12 on a machine like this one: 0.22 s, 269 MB"],
};

/// After this time nothing of the start is still going on.
const IDLE: Duration = Duration::from_secs(2);

/// Measures it.
pub(crate) fn measure(options: &Options) -> Result<Figures> {
    let mut figures = Figures::default();
    for _ in 0..options.rounds() {
        runtime()?.block_on(round(options, &mut figures))?;
    }
    let bytes = f64::from(u32::try_from(fs::metadata(&options.server)?.len())?);
    figures.note("binary", "MB", bytes / 1e6, Mark::None);
    Ok(figures)
}

async fn round(options: &Options, figures: &mut Figures) -> Result<()> {
    let data = folder(options)?;
    let server = Server::start(options, data.path(), &[]).await?;
    figures.note("ready, empty data directory", "s", server.ready_after.as_secs_f64(), Mark::AtMost(0.3));
    if !options.smoke {
        tokio::time::sleep(IDLE).await;
    }
    figures.note("memory, idle", "MB", server.resident_mb()?, Mark::AtMost(60.0));
    Ok(())
}
