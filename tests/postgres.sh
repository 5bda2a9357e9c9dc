#!/usr/bin/env bash
# A private PostgreSQL that lives as long as standard input is open, so that nothing of it stays
# behind, however the one who started it ends. Its first line says where it is, as a URL without the
# database's name. After that, each line of input is answered by the same word once it is done:
# `stop` ends it at once, as a crash would, and `start` brings it back with what it had.
# By hand: `tests/postgres.sh`, then `psql <URL>/postgres` elsewhere; Ctrl-D ends it.
set -euo pipefail

# Debian keeps the server's programs beside each other, by version, and out of the way.
for binaries in /usr/lib/postgresql/*/bin; do PATH="$binaries:$PATH"; done
folder="$(mktemp -d "${TMPDIR:-/tmp}/magone-postgres-XXXXXX")"
cd "$folder"
as=()
if [ "$(id -u)" = 0 ]; then
  # It refuses to run as root.
  chown postgres "$folder"
  as=(runuser -u postgres --)
fi

# What it says is shown only when it fails.
quietly() {
  "${as[@]}" "$@" >"$folder/said" 2>&1 </dev/null || { cat "$folder/said" >&2; return 1; }
}
start() { quietly pg_ctl start --pgdata=data --log=log --wait; }
stop() { quietly pg_ctl stop --pgdata=data --mode=immediate --wait; }
trap '[ ! -f data/postmaster.pid ] || stop; rm -rf "$folder"' EXIT

quietly initdb --pgdata=data --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync
# No network: nobody else's port is in the way. A flush is for a machine that dies, and none does.
cat >>data/postgresql.conf <<SETTINGS
listen_addresses = ''
unix_socket_directories = '$folder'
max_connections = 400
fsync = off
SETTINGS
start
echo "postgres://postgres@${folder//\//%2F}"
while read -r word; do
  case "$word" in
    start | stop) "$word" ;;
    *) echo "$word: unknown; say start or stop" >&2 && exit 2 ;;
  esac
  echo "$word"
done
