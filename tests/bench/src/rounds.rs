//! Rounds: each load gets a fresh server on a fresh database.

use std::path::Path;

use anyhow::{Context as _, Result};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::figure::Figures;
use crate::options::Options;
use crate::server::Server;
use crate::workload;

/// Where a round takes place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Site<'a> {
    pub options: &'a Options,
    /// The data directory.
    pub data: &'a Path,
    /// The key of the tenant in it.
    pub key: &'a str,
}

impl Site<'_> {
    /// Starts the server that is measured.
    pub(crate) async fn start(&self) -> Result<Server> {
        Server::start(self.options, self.data, &[]).await
    }
}

/// Each load in each round, one after the other.
pub(crate) fn rounds<L: Copy>(
    options: &Options,
    loads: &[L],
    round: impl AsyncFn(Site<'_>, L, &mut Figures) -> Result<()>,
) -> Result<Figures> {
    let mut figures = Figures::default();
    for _ in 0..options.rounds() {
        for load in loads {
            let data = folder(options)?;
            let key = workload::prepare(&options.server, data.path())?;
            let site = Site { options, data: data.path(), key: &key };
            runtime()?.block_on(round(site, *load, &mut figures))?;
        }
    }
    Ok(figures)
}

/// The generator's runtime: one thread, as it has one core.
pub(crate) fn runtime() -> Result<Runtime> {
    Ok(Builder::new_current_thread().enable_all().build()?)
}

/// An empty data directory beside the binary: that is a disk, where a folder for temporary files may
/// be memory.
pub(crate) fn folder(options: &Options) -> Result<TempDir> {
    let beside = options.server.parent().filter(|folder| *folder != Path::new(""));
    tempfile::Builder::new()
        .prefix("bench-")
        .tempdir_in(beside.unwrap_or(Path::new(".")))
        .context("no folder can be made beside the binary")
}
