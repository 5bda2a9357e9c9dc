#!/usr/bin/env bash
# Format and lints. The browser's half is looked at by itself: it must not meet the server's features.
. "$(dirname "$0")/environment.sh"
say "format"
cargo fmt --all --check
say "clippy"
cargo clippy --quiet --workspace --exclude frontend --all-targets -- --deny warnings
say "clippy for the browser"
cargo clippy --quiet --package frontend --target wasm32-unknown-unknown -- --deny warnings
