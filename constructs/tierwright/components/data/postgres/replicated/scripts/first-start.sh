#!/bin/sh
# Makes a new database with its roles. Nobody is let in before it is complete; until then `pgdata.unfinished` is beside it.
set -eu
: > "$PGDATA.unfinished"
rm -rf "$PGDATA"
password=/tmp/password
(umask 077 && printf '%s\n' "$POSTGRES_PASSWORD" > "$password")
# shellcheck disable=SC2086 - the arguments are words of their own
initdb --pgdata="$PGDATA" --username="$POSTGRES_USER" --pwfile="$password" $POSTGRES_INITDB_ARGS
rm "$password"
pg_ctl -w -o "-c listen_addresses=''" start
sh /etc/postgres/roles.sh
pg_ctl -w -m fast stop
