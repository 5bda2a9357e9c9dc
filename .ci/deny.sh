#!/usr/bin/env bash
# cargo-deny with the checks that are named. It is compiled once, into the cache.
. "$(dirname "$0")/environment.sh"
VERSION=0.20.2
tools="$MAGONE_TEST_CACHE/tools"
deny="$tools/bin/cargo-deny"
if [ "$("$deny" --version 2>/dev/null)" != "cargo-deny $VERSION" ]; then
  say "compiling cargo-deny $VERSION, once"
  cargo install cargo-deny --quiet --locked --version "$VERSION" --root "$tools" --target-dir "$tools/build"
  rm -rf "$tools/build"
fi
say "cargo-deny: $*"
"$deny" --log-level warn --workspace check --hide-inclusion-graph "$@"
