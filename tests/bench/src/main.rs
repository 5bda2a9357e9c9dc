//! `make bench`: one JSON line for each benchmark on standard output, tables on standard error.

use bench::Options;
use clap::Parser as _;

fn main() -> anyhow::Result<()> {
    bench::run(&Options::parse()).map(|_| ())
}
