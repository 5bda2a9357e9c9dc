//! All benchmarks, one after the other: at the same time they would measure each other.

use anyhow::Result;

use crate::machine::Machine;
use crate::options::{Benchmark, Options};
use crate::report::Report;
use crate::{in_flight, limiter, live, read, recovery, start, sync, tenants, throughput};

/// Runs what was chosen; each report is told as soon as it is there, and all are returned.
///
/// # Errors
/// When the server does not start, answers wrongly or flushes too little, or when a report cannot be
/// told: then there is nothing to be measured.
pub fn run(options: &Options, mut tell: impl FnMut(&Report) -> Result<()>) -> Result<Vec<Report>> {
    let mut reports = Vec::new();
    for benchmark in options.chosen() {
        let machine = Machine::look(&options.server)?;
        let (about, figures) = match benchmark {
            Benchmark::B1 => (read::ABOUT, read::measure(options)?),
            Benchmark::B2 => (sync::ABOUT, sync::measure(options)?),
            Benchmark::B3 => (throughput::ABOUT, throughput::measure(options)?),
            Benchmark::B4 => (in_flight::ABOUT, in_flight::measure(options)?),
            Benchmark::B5 => (live::ABOUT, live::measure(options)?),
            Benchmark::B6 => (tenants::ABOUT, tenants::measure(options)?),
            Benchmark::B7 => (limiter::ABOUT, limiter::measure(options)?),
            Benchmark::B8 => (recovery::ABOUT, recovery::measure(options)?),
            Benchmark::B9 => (start::ABOUT, start::measure(options)?),
        };
        let report = Report { about, machine, rounds: options.rounds(), figures };
        tell(&report)?;
        reports.push(report);
    }
    Ok(reports)
}
