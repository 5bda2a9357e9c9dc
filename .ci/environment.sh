# Sourced by the scripts beside it: where things are.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# What is kept between runs and is no part of the clone: tools, virtual environments.
export MAGONE_TEST_CACHE="${MAGONE_TEST_CACHE:-$HOME/.cache/magone}"
# Where cargo builds.
TARGET="${CARGO_TARGET_DIR:-target}"

say() { printf '\n== %s\n' "$*" >&2; }

# Installs packages of Debian, as root or through sudo; says what is missing where that cannot be.
install_packages() {
  local root=()
  if ! command -v apt-get >/dev/null; then
    echo "missing: $*; install them with your package manager" >&2
    return 1
  fi
  [ "$(id -u)" = 0 ] || root=(sudo)
  say "installing $*"
  "${root[@]}" apt-get update -qq
  DEBIAN_FRONTEND=noninteractive "${root[@]}" apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}
