//! A page's blocks in one shell, one after the other, as somebody pastes them.

use std::path::Path;
use std::process::{Command, Stdio};

use super::expectation;
use super::page::{self, Block, Kind};
use crate::harness::{Server, Setup, free_port, magone};

/// What stands in the pages for the server's address and the reader's key.
const ADDRESS: &str = "http://127.0.0.1:8000";
const KEY: &str = "magure_live_…";
/// What stands in the pages for the port of the reader's own receiver.
const PORT: &str = "9000";

/// Runs a page against the demo, with the demo's own key.
pub fn follow(name: &str) {
    follow_with(name, Server::demo_key);
}

/// The same with a key of these scopes.
pub fn follow_with_scopes(name: &str, scopes: &str) {
    follow_with(name, |server| {
        let create = ["--output", "json", "key", "create", "magure", "reader", "--scope", scopes];
        let made = magone(server.data(), &create).json();
        made["key"].as_str().unwrap_or_else(|| panic!("no key in {made}")).to_owned()
    });
}

fn follow_with(name: &str, key: impl FnOnce(&Server) -> String) {
    let port = free_port().to_string();
    let receiver = format!("127.0.0.1:{port}");
    let server = Setup::new().argument("--demo").env("MAGONE_EGRESS_ALLOW", &receiver).start();
    let key = key(&server);
    let mut blocks = page::blocks(name);
    for block in &mut blocks {
        block.text = block.text.replace(ADDRESS, server.url()).replace(KEY, &key).replace(PORT, &port);
    }
    let place = tempfile::tempdir().unwrap();
    write_files(name, &blocks, place.path());
    let script: String = blocks.iter().filter(|block| block.kind == Kind::Shell).map(step).collect();
    let script = format!("set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n{script}");
    let mut shell = Command::new("bash");
    shell.arg("-c").arg(script).current_dir(place.path()).stdin(Stdio::null());
    let output = shell.output().expect("bash is installed");
    let talk = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name} breaks off in the last block named here:\n{talk}");
    compare(name, &blocks, place.path());
}

/// One block, whose output goes to a file of its own.
fn step(block: &Block) -> String {
    let Block { line, text, .. } = block;
    format!("echo 'block at line {line}' >&2\n{{\n{text}\n}} > {line}.out\n")
}

fn write_files(name: &str, blocks: &[Block], place: &Path) {
    for (at, block) in blocks.iter().enumerate() {
        let Kind::File(file) = &block.kind else { continue };
        let used = blocks[at..].iter().any(|later| later.kind == Kind::Shell && later.text.contains(file));
        assert!(used, "{name}:{}: no later block runs {file}", block.line);
        std::fs::write(place.join(file), &block.text).unwrap();
    }
}

fn compare(name: &str, blocks: &[Block], place: &Path) {
    for pair in blocks.windows(2) {
        let [block, next] = pair else { continue };
        let compare: fn(&str, &str) -> Result<(), String> = match next.kind {
            Kind::Json => expectation::json,
            Kind::Text => expectation::text,
            Kind::Shell | Kind::File(_) => continue,
        };
        assert_eq!(block.kind, Kind::Shell, "{name}:{}: there is nothing that prints this", next.line);
        let printed = std::fs::read_to_string(place.join(format!("{}.out", block.line))).unwrap();
        compare(&next.text, &printed).unwrap_or_else(|why| panic!("{name}:{}: {why}", next.line));
    }
}
