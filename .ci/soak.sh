#!/usr/bin/env bash
# Reliability with many seeds, a million wrong keys, tenants in any order, many definitions on both engines,
# and half a million texts for each parser.
. "$(dirname "$0")/environment.sh"
export MAGONE_TEST_SEEDS="${MAGONE_TEST_SEEDS:-20}"
export MAGONE_TEST_READERS="${MAGONE_TEST_READERS:-10000}"
# Each reader takes an open file here and one in the server.
ulimit -n "$(ulimit -H -n)"
PROPTEST_CASES=500000 cargo test --workspace --exclude frontend --test parsers
exec cargo test --workspace --exclude frontend --test integration -- \
  isolation::model:: key::flood:: reliability:: temporal::property:: --nocapture
