//! What the caller chooses.

use std::path::PathBuf;

use clap::{Parser, ValueEnum};

/// Measures Magone from outside.
#[derive(Clone, Debug, Parser)]
#[command(name = "bench", version, about)]
pub struct Options {
    /// Which benchmarks; all of them when none is named.
    #[arg(value_enum)]
    pub benchmarks: Vec<Benchmark>,
    /// The binary to be measured.
    #[arg(long, value_name = "FILE", default_value = "target/release/magone")]
    pub server: PathBuf,
    /// Rounds, each with a fresh server on a fresh database.
    #[arg(long, default_value_t = 5)]
    pub rounds: u32,
    /// The core that the server is kept on; the load generator is the caller's to keep elsewhere.
    #[arg(long, value_name = "CORE", default_value_t = 0)]
    pub core: u32,
    /// Hardly any load, one round: shows that everything works, and says nothing about speed.
    #[arg(long)]
    pub smoke: bool,
}

/// A benchmark, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Benchmark {
    /// What a read costs, beside a bare server.
    B1,
    /// What a synchronous call costs.
    B2,
    /// Durable runs a second.
    B3,
    /// Runs that wait, while others read.
    B4,
    /// Many who watch.
    B5,
    /// Tenants in use.
    B6,
    /// The limiter.
    B7,
    /// Recovery after `kill -9`.
    B8,
    /// Start and size.
    B9,
}

impl Options {
    /// What is to be measured.
    pub(crate) fn chosen(&self) -> Vec<Benchmark> {
        match self.benchmarks.is_empty() {
            true => Benchmark::value_variants().to_vec(),
            false => self.benchmarks.clone(),
        }
    }

    /// How many rounds.
    pub(crate) fn rounds(&self) -> u32 {
        if self.smoke { 1 } else { self.rounds.max(1) }
    }
}
