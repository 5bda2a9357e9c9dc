//! The whole of it: compile, bind, shrink, compress, write.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::options::Options;
use crate::report::{say, size};
use crate::stamp::Stamp;
use crate::{bindgen, cargo, compress, style, wasm_opt};

/// Holds the version of the files beside it; the page puts it into their addresses, so that a
/// browser may keep them for ever.
const VERSION: &str = "version";

/// Builds what is not up to date and says in one line what there is.
///
/// # Errors
/// When a tool fails or a file cannot be written; the message says which.
pub fn build(options: &Options) -> Result<String> {
    let started = Instant::now();
    let compiled = cargo::build(options.release)?;
    let bytes = std::fs::read(&compiled).with_context(|| format!("cannot read {}", compiled.display()))?;
    let css = style::bundle(&options.style)?;
    let optimiser = optimiser(options)?;

    let stamp = Stamp::of(&[
        &bytes,
        css.as_bytes(),
        &[u8::from(options.release)],
        optimiser.as_deref().map(Path::as_os_str).unwrap_or_default().as_encoded_bytes(),
        env!("CARGO_PKG_VERSION").as_bytes(),
    ]);
    let out = &options.out;
    if !options.force && stamp.is_current(out, &expected(out, options.release)) {
        return Ok(format!("console: {} is up to date", out.display()));
    }
    Stamp::clear(out);
    clean(out)?;
    let module = bindgen::run(&compiled, options.release)?;
    let wasm = match &optimiser {
        Some(program) => wasm_opt::run(program, &module.wasm, compiled.parent().unwrap_or(Path::new(".")))?,
        None => module.wasm,
    };

    let version = Stamp::of(&[&wasm, module.js.as_bytes(), css.as_bytes()]);
    put(&out.join(VERSION), version.as_str().as_bytes(), false)?;
    let mut lines = Vec::new();
    for (name, content) in [("wasm", wasm.as_slice()), ("js", module.js.as_bytes()), ("css", css.as_bytes())]
    {
        lines.push(put(&file(out, name), content, options.release)?);
    }
    for (path, js) in &module.snippets {
        put(&out.join("snippets").join(path), js.as_bytes(), options.release)?;
    }
    stamp.write(out)?;
    Ok(format!(
        "console: {} in {}.{} s: {}",
        out.display(),
        started.elapsed().as_secs(),
        started.elapsed().subsec_millis() / 100,
        lines.join(", ")
    ))
}

/// The program that shrinks the wasm; only looked for where size counts.
fn optimiser(options: &Options) -> Result<Option<PathBuf>> {
    if !options.release {
        return Ok(None);
    }
    let found = wasm_opt::find(options.wasm_opt.as_deref());
    if found.is_none() {
        let advice = "wasm-opt not found: install binaryen (a package of Debian and of npm) and the raw wasm \
                      gets a few percent smaller; --wasm-opt or WASM_OPT names it elsewhere";
        if options.require_wasm_opt {
            bail!(advice);
        }
        say(&format!("console: {advice}"));
    }
    Ok(found)
}

fn file(out: &Path, extension: &str) -> PathBuf {
    out.join(format!("{}.{extension}", bindgen::NAME))
}

fn expected(out: &Path, release: bool) -> Vec<PathBuf> {
    let plain = ["wasm", "js", "css"].map(|extension| file(out, extension));
    let compressed = plain.iter().flat_map(|path| [with(path, "br"), with(path, "gz")]);
    plain.iter().cloned().chain(compressed.filter(|_| release)).chain([out.join(VERSION)]).collect()
}

fn with(path: &Path, extension: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

/// Empties the folder, so that no file of an earlier build is embedded. A folder that this program
/// did not fill is left alone.
fn clean(out: &Path) -> Result<()> {
    let occupied = out.read_dir().is_ok_and(|mut entries| entries.next().is_some());
    if occupied && !out.join(VERSION).is_file() {
        bail!("{} holds files that are not the console's: name another folder with --out", out.display());
    }
    if out.is_dir() {
        std::fs::remove_dir_all(out).with_context(|| format!("cannot empty {}", out.display()))?;
    }
    std::fs::create_dir_all(out).with_context(|| format!("cannot create {}", out.display()))
}

/// Writes a file and, for a release, its compressed forms. Returns its name and sizes.
fn put(path: &Path, content: &[u8], compressed: bool) -> Result<String> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    write(path, content)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut line = format!("{name} {}", size(length(content)));
    if compressed {
        let (br, gz) = (compress::brotli(content)?, compress::gzip(content)?);
        write(&with(path, "br"), &br)?;
        write(&with(path, "gz"), &gz)?;
        line = format!("{line} (brotli {}, gzip {})", size(length(&br)), size(length(&gz)));
    }
    Ok(line)
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    std::fs::write(path, content).with_context(|| format!("cannot write {}", path.display()))
}

fn length(content: &[u8]) -> u64 {
    u64::try_from(content.len()).unwrap_or(u64::MAX)
}
