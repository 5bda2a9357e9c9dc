#!/usr/bin/env bash
# The contract as a file, for generators of clients and for whoever reads what a change means to them.
. "$(dirname "$0")/environment.sh"
mkdir -p clients
written="$(mktemp clients/openapi.XXXXXX)"
trap 'rm -f "$written"' EXIT
cargo run --quiet --package server -- openapi >"$written"
chmod 644 "$written"
mv "$written" clients/openapi.json
