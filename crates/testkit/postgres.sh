#!/bin/sh
# Starts a private PostgreSQL 15 in a folder of its own, reachable by a Unix socket there and by nothing else, and
# ends it when the process that asked is gone. Data is not synced to disk: this is for tests only.
#
#   postgres.sh PID     prints the URL; the server ends with process PID
#   postgres.sh         the same for the parent process; a nextest setup script calls it like this, and gets the URL
#                       as COMITY_TEST_PG through the file $NEXTEST_ENV
#
# A URL that COMITY_TEST_PG already holds is passed on. Exit 3: PostgreSQL is missing.
set -eu
watched=${1:-$PPID}

tell() {
    if [ -n "${NEXTEST_ENV:-}" ]; then echo "COMITY_TEST_PG=$1" >>"$NEXTEST_ENV"; else echo "$1"; fi
}

if [ -n "${COMITY_TEST_PG:-}" ]; then
    tell "$COMITY_TEST_PG"
    exit 0
fi

bin=/usr/lib/postgresql/15/bin
if [ ! -x "$bin/initdb" ]; then
    bin=$(dirname "$(command -v initdb || echo /nowhere/initdb)")
fi
if [ ! -x "$bin/initdb" ] || [ ! -x "$bin/postgres" ]; then
    echo "PostgreSQL 15 is missing: apt-get install postgresql-15" >&2
    # In a test run the tests themselves decide whether they may go without.
    if [ -n "${NEXTEST_ENV:-}" ]; then exit 0; else exit 3; fi
fi

folder=$(mktemp -d /tmp/comity-pg.XXXXXX)
cd "$folder"
# The server refuses to run as root.
as=
if [ "$(id -u)" = 0 ]; then
    user=nobody
    if id postgres >/dev/null 2>&1; then user=postgres; fi
    chown "$user" "$folder"
    as="runuser -u $user --"
fi

# A locale with rules of its own, so that a query which relies on the order of bytes shows itself.
if ! $as "$bin/initdb" -D "$folder/data" -U comity -A trust -E UTF8 --locale=C --locale-provider=icu \
    --icu-locale=en --no-sync --no-instructions >"$folder/initdb.log" 2>&1; then
    cat "$folder/initdb.log" >&2
    rm -rf "$folder"
    exit 1
fi

# The watcher is a session of its own: it outlives this script and holds none of its streams. It ends the server
# when the watched process is gone, or when a file `stop` appears.
setsid sh -c '
    folder=$1 watched=$2; shift 2
    "$@" >"$folder/server.log" 2>&1 &
    server=$!
    runs() { kill -0 "$1" 2>/dev/null || [ -d "/proc/$1" ]; }
    while runs "$watched" && runs "$server" && [ ! -e "$folder/stop" ]; do sleep 1; done
    while runs "$server"; do
        # The server may still be starting: its own process id appears in this file then. INT is a fast shutdown.
        kill -INT "$(head -n 1 "$folder/data/postmaster.pid" 2>/dev/null || echo "$server")" 2>/dev/null
        sleep 1
    done
    rm -rf "$folder"
' watcher "$folder" "$watched" $as "$bin/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=200 \
    -c shared_buffers=64MB -c log_min_messages=warning </dev/null >/dev/null 2>&1 &

tries=0
until grep -qs '^ready' "$folder/data/postmaster.pid"; do
    tries=$((tries + 1))
    if [ "$tries" -gt 300 ]; then
        echo "PostgreSQL did not start within 30 s:" >&2
        cat "$folder/server.log" >&2
        touch "$folder/stop"
        exit 1
    fi
    sleep 0.1
done
tell "postgres://comity@%2Ftmp%2F${folder#/tmp/}/postgres"
