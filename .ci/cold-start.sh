#!/usr/bin/env bash
# A stranger's first minutes: a fresh clone in an empty folder, `make run`, the two calls of the
# README; then the same folder again. Only what was committed takes part.
. "$(dirname "$0")/environment.sh"
folder="$(mktemp -d)"
port=18000
api="http://127.0.0.1:$port"
stop() {
  [ -z "${server:-}" ] || kill -- "-$server" 2>/dev/null || true
  [ -z "${server:-}" ] || wait "$server" 2>/dev/null || true
  server=""
}
trap 'stop; rm -rf "$folder"' EXIT

git clone --quiet . "$folder/magone"
cd "$folder/magone"
export CARGO_TARGET_DIR="$folder/target"
export MAGONE_LISTEN="127.0.0.1:$port" MAGONE_CONSOLE_LISTEN="127.0.0.1:$((port + 1))"
unset DATABASE_URL MAGONE_DATA_DIR OPENAI_API_KEY OPENAI_BASE_URL

# Starts, waits until it is ready, and leaves the seconds in `took`.
start() {
  local begun="$SECONDS"
  setsid make run >"$folder/log" 2>&1 &
  server="$!"
  until curl --silent --fail --output /dev/null "$api/readyz"; do
    if ! kill -0 "$server" 2>/dev/null || [ $((SECONDS - begun)) -gt 3600 ]; then
      tail -40 "$folder/log" >&2
      echo "make run did not come up" >&2
      exit 1
    fi
    sleep 0.2
  done
  took=$((SECONDS - begun))
}

# call PATH BODY WANTED…: the answer has every wanted member.
call() {
  local path="$1" body="$2" answer
  shift 2
  answer="$(curl --silent --show-error -X POST "$api/api/v1/external/execute/$path" \
    -H "X-API-Key: $key" -H "Content-Type: application/json" -d "$body")"
  for wanted in "$@"; do
    if ! grep -q "$wanted" <<<"$answer"; then
      echo "execute/$path answered without $wanted: $answer" >&2
      exit 1
    fi
  done
  echo "execute/$path: as documented"
}

say "first start"
start
first="$took"
key="$(grep -oE 'magure_live_[0-9A-Za-z]+' "$folder/log" | head -1)"
grep -q '/setup?token=' "$folder/log" || { echo "no set-up link was printed" >&2; exit 1; }
call kpi-sales '{"input": "Show me Q4 sales KPIs for Dubai region",
  "context": {"region": "dubai", "quarter": "Q4", "year": 2024}}' \
  '"execution_id":' '"status": *"completed"' '"result":{' '"content":' '"data":'
call analytics/async '{"input": "Generate full portfolio analysis report",
  "webhook_url": "https://magure.com/webhooks/workflow-complete"}' \
  '"execution_id":' '"status": *"running"' '"status_url":'
stop

say "second start"
start
second="$took"
stop
printf 'cold start: first %d s (at most 720), second %d s (at most 10), on %d cores\n' \
  "$first" "$second" "$(nproc)"
