#!/usr/bin/env bash
# The console in Debian's Chromium, against the binary as `make run` builds it.
. "$(dirname "$0")/environment.sh"
if [ ! -f end2end/package.json ]; then
  echo "end2end/package.json is missing: there is nothing to run" >&2
  exit 1
fi
command -v chromium >/dev/null || install_packages chromium
say "console and server"
cargo run --quiet --package console-build
cargo build --quiet --package server
say "playwright"
cd end2end
# Browsers that npm would download are not used.
PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --silent --no-audit --no-fund
exec npx playwright test
