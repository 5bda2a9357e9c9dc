#!/usr/bin/env bash
# What the tests need beyond a Rust toolchain, a C compiler and make.
. "$(dirname "$0")/environment.sh"
missing=()
for pair in chromium:chromium curl:curl git:git go:golang-go jq:jq node:nodejs npm:npm python3:python3; do
  command -v "${pair%%:*}" >/dev/null || missing+=("${pair##*:}")
done
command -v postgres >/dev/null || ls /usr/lib/postgresql/*/bin/postgres >/dev/null 2>&1 || missing+=(postgresql)
python3 -c 'import ensurepip, venv' 2>/dev/null || missing+=(python3-venv)
[ "${#missing[@]}" = 0 ] || install_packages "${missing[@]}"
# A Temporal server on SQLite: its command line starts one. It is compiled once, into the cache.
TEMPORAL=v1.5.1
if ! go version -m "$MAGONE_TEST_CACHE/tools/bin/temporal" 2>/dev/null | grep -q "temporalio/cli.$TEMPORAL"; then
  say "compiling the Temporal command line $TEMPORAL, once"
  GOBIN="$MAGONE_TEST_CACHE/tools/bin" go install "github.com/temporalio/cli/cmd/temporal@$TEMPORAL"
fi
rustup component add clippy rustfmt 2>/dev/null || true
rustup target add wasm32-unknown-unknown 2>/dev/null || true
cargo clippy --version
cargo fmt --version
