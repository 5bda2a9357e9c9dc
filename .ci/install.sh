#!/usr/bin/env bash
# What the tests need beyond a Rust toolchain, a C compiler and make.
. "$(dirname "$0")/environment.sh"
missing=()
for pair in chromium:chromium curl:curl git:git node:nodejs npm:npm python3:python3; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
[ "${#missing[@]}" = 0 ] || install_packages "${missing[@]}"
rustup component add clippy rustfmt 2>/dev/null || true
rustup target add wasm32-unknown-unknown 2>/dev/null || true
cargo clippy --version
cargo fmt --version
