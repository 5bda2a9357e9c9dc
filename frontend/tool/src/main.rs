//! Builds what the console sends to a browser: `magone.wasm`, the JavaScript that loads it, and one
//! style sheet. `cargo run -p console-build` writes them to `target/site/console/pkg`, from where the
//! server embeds them.
//!
//! It exists so that a fresh checkout needs nothing but cargo: bindgen is linked as a library, so its
//! version is the one in `Cargo.lock` and cannot drift from the crate's.

mod bindgen;
mod cargo;
mod compress;
mod options;
mod report;
mod site;
mod stamp;
mod style;
mod wasm_opt;

use std::process::ExitCode;

use clap::Parser;

use crate::options::Options;

fn main() -> ExitCode {
    match site::build(&Options::parse()) {
        Ok(summary) => {
            report::say(&summary);
            ExitCode::SUCCESS
        }
        Err(error) => {
            report::say(&format!("console: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
