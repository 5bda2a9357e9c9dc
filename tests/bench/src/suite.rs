//! All benchmarks, one after the other: at the same time they would measure each other.

use std::path::Path;

use anyhow::{Context as _, Result};
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

use crate::machine::Machine;
use crate::options::{Benchmark, Options};
use crate::report::Report;
use crate::{recovery, start, sync, throughput};

/// Runs what was chosen and prints each report as soon as it is there.
///
/// # Errors
/// When the server does not start, answers wrongly, loses a run or does a journaled step again: then
/// there is nothing to be measured.
pub fn run(options: &Options) -> Result<Vec<Report>> {
    let machine = Machine::look(&options.server)?;
    let mut reports = Vec::new();
    for benchmark in options.chosen() {
        let report = match benchmark {
            Benchmark::B2 => sync::measure(options)?,
            Benchmark::B3 => throughput::measure(options)?,
            Benchmark::B8 => recovery::measure(options)?,
            Benchmark::B9 => start::measure(options)?,
        };
        report.print(&machine, options.rounds())?;
        reports.push(report);
    }
    Ok(reports)
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
