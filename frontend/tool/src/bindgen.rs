//! The JavaScript around the wasm.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

/// Everything is called this in the browser.
pub const NAME: &str = "magone";

/// Wasm and JavaScript, ready for a browser.
pub struct Module {
    /// The wasm, with its imports and exports described by `js`.
    pub wasm: Vec<u8>,
    /// The module that loads it; exports `default` (load) and `hydrate`.
    pub js: String,
    /// Further modules that `js` imports, by path below `snippets/`.
    pub snippets: BTreeMap<String, String>,
}

/// Runs bindgen over what the compiler made.
///
/// # Errors
/// When the file is no wasm, or needs npm packages, which the console does without.
pub fn run(compiled: &Path, release: bool) -> Result<Module> {
    let mut output = Bindgen::new()
        .input_path(compiled)
        .web(true)?
        .typescript(false)
        .out_name(NAME)
        .remove_name_section(release)
        .remove_producers_section(true)
        // The page passes the wasm's address, with its version in it.
        .omit_default_module_path(true)
        .generate_output()
        .with_context(|| format!("bindgen does not accept {}", compiled.display()))?;
    if !output.npm_dependencies().is_empty() {
        bail!("a dependency of the console imports npm packages: {:?}", output.npm_dependencies().keys());
    }
    let mut snippets: BTreeMap<String, String> =
        output.local_modules().iter().map(|(path, js)| (path.clone(), js.clone())).collect();
    for (identifier, list) in output.snippets() {
        for (index, js) in list.iter().enumerate() {
            snippets.insert(format!("{identifier}/inline{index}.js"), js.clone());
        }
    }
    Ok(Module { js: output.js().to_owned(), wasm: output.wasm_mut().emit_wasm(), snippets })
}
