#!/usr/bin/env bash
# What needs no running server.
. "$(dirname "$0")/environment.sh"
.ci/lint.sh
say "core without an operating system"
cargo check --quiet --package magone-core --target wasm32-unknown-unknown
say "rules of the tree"
cargo test --quiet --workspace --exclude frontend --test integration -- rules::
.ci/deny.sh licenses bans sources
