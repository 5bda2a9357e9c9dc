#!/usr/bin/env bash
# Every stage, whatever the ones before said; the time of each; one line that counts all tests.
. "$(dirname "$0")/environment.sh"
logs="$(mktemp -d)"
trap 'rm -rf "$logs"' EXIT
passed=0
failed=0
times=""

# Sums what cargo, node and Playwright say at the end of a stage.
count() {
  awk -v word="$2" '
    { gsub(/\033\[[0-9;]*m/, "") }
    /^test result:/ { for (i = 2; i <= NF; i++) if ($i ~ "^" word ";") sum += $(i - 1) }
    $0 ~ "^ +[0-9]+ " word "( \\(|$)" { sum += $1 }
    END { print sum + 0 }' "$1"
}

# stage NAME COMMAND…
stage() {
  local name="$1" log="$logs/$1" start="$SECONDS" status=0 wrong
  shift
  say "stage $name"
  "$@" 2>&1 | tee "$log" || status=$?
  wrong="$(count "$log" failed)"
  [ "$status" = 0 ] || [ "$wrong" != 0 ] || wrong=1
  passed=$((passed + $(count "$log" passed)))
  failed=$((failed + wrong))
  times+="$(printf '%-20s %5d s  %s' "$name" $((SECONDS - start)) "$([ "$status" = 0 ] && echo ok || echo FAILED)")"$'\n'
}

# One choice of packages for all stages: another one would compile libraries again, with other features.
tests() { cargo test --quiet --workspace --exclude frontend "$@"; }
on_postgres() { MAGONE_TEST_DATABASE=postgres tests "$@"; }
on_temporal() { MAGONE_TEST_ENGINE=temporal on_postgres "$@"; }

stage install .ci/install.sh
stage check .ci/check.sh
stage unit tests --lib --bins
stage unit-postgres .ci/unit-postgres.sh
stage doc tests --doc
stage integration tests --test '*' -- --skip rules:: --skip edge::schemathesis
stage schemathesis tests --test integration -- edge::schemathesis --nocapture
stage integration-postgres on_postgres --test integration -- contract:: erasure:: internal:: isolation:: limit:: key:: reliability::
stage contract-temporal on_temporal --test integration -- contract::
stage e2e .ci/e2e.sh

printf '\n%s\n%d passed, %d failed\n' "$times" "$passed" "$failed"
[ "$failed" = 0 ]
