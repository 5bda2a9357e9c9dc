//! What the caller chooses.

use std::path::PathBuf;

use clap::Parser;

/// Builds the console's files for the browser.
#[derive(Debug, Parser)]
#[command(name = "console-build", version, about)]
pub struct Options {
    /// Small instead of quick: optimised wasm, and a .br and a .gz beside each file.
    #[arg(long)]
    pub release: bool,
    /// Folder to write to.
    #[arg(long, value_name = "DIR", default_value = "target/site/console/pkg")]
    pub out: PathBuf,
    /// Folder of the style sheets.
    #[arg(long, value_name = "DIR", default_value = "style")]
    pub style: PathBuf,
    /// Where `wasm-opt` is, when it is not on PATH or in node_modules/.bin.
    #[arg(long, value_name = "FILE", env = "WASM_OPT")]
    pub wasm_opt: Option<PathBuf>,
    /// Fail when `wasm-opt` is not found, instead of leaving the wasm as the compiler made it.
    #[arg(long)]
    pub require_wasm_opt: bool,
    /// Build again even if nothing changed.
    #[arg(long)]
    pub force: bool,
}
