#!/usr/bin/env bash
# The store's unit tests once more, on PostgreSQL. The binary is the one that all unit tests were
# built as: asking cargo for the store alone would compile libraries again, with other features.
. "$(dirname "$0")/environment.sh"
built="$(cargo test --workspace --exclude frontend --lib --no-run 2>&1)" || { echo "$built" >&2; exit 1; }
store="$(sed -n 's/.*(\(.*\/magone_store-[0-9a-f]*\)).*/\1/p' <<<"$built")"
# It ends with its standard input, which is ours: with this script.
coproc POSTGRES { exec tests/postgres.sh; }
read -r MAGONE_TEST_POSTGRES <&"${POSTGRES[0]}"
export MAGONE_TEST_POSTGRES
"$store" --quiet
