//! `make bench`: one JSON line for each benchmark on standard output, tables on standard error.

use std::io::{self, Write as _};

use bench::Options;
use clap::Parser as _;

fn main() -> anyhow::Result<()> {
    let told = bench::run(&Options::parse(), |report| {
        writeln!(io::stderr(), "{}", report.table())?;
        Ok(writeln!(io::stdout(), "{}", report.json())?)
    });
    told.map(|_| ())
}
