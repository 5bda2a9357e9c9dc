#!/usr/bin/env bash
# Benchmarks: the release build on one core, what drives it on another.
. "$(dirname "$0")/environment.sh"
# One by one: together, the driver's features would be the server's as well.
cargo build --quiet --release --package server
cargo build --quiet --release --package bench
# Ten thousand who watch are ten thousand open files, on either side.
ulimit -n "$(ulimit -H -n)"
exec taskset --cpu-list 1 "$TARGET/release/bench" --server "$TARGET/release/magone" "$@"
