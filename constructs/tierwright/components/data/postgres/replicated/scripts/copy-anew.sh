#!/bin/sh
# Runs beside Patroni, and has the data copied anew when the primary no longer has the write-ahead log that this standby needs next.
# Patroni does so only for data that have gone another way; a standby that was merely away too long would wait for ever.
set -u
export PGCONNECT_TIMEOUT=5 PGPASSWORD="$POSTGRES_PASSWORD"

ask() { psql --no-psqlrc --no-password --quiet --tuples-only --no-align --command "$2" "$1" < /dev/null 2> /dev/null; }
here="host=127.0.0.1 port=$PGPORT user=$POSTGRES_USER dbname=postgres"
waiting="SELECT greatest(pg_last_wal_replay_lsn(), pg_last_wal_receive_lsn()) WHERE pg_is_in_recovery()
  AND NOT EXISTS (SELECT FROM pg_stat_wal_receiver WHERE status = 'streaming')"

before=
while sleep 10; do
  # One that is read from an archive meanwhile moves on.
  at=$(ask "$here" "$waiting") || at=
  if [ -n "$at" ] && [ "$at" = "$before" ]; then
    gone="SELECT NOT EXISTS (SELECT FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}\$'
      AND substr(name, 9) <= substr(pg_walfile_name(pg_lsn '$at' + 1), 9)) WHERE NOT pg_is_in_recovery()"
    if [ "$(ask "$(ask "$here" 'SHOW primary_conninfo') dbname=postgres" "$gone")" = t ]; then
      echo "the primary no longer has the write-ahead log since $at: copying all data anew" >&2
      patronictl -c /tmp/patroni reinit "$PATRONI_SCOPE" "$POD_NAME" --force
    fi
  fi
  before=$at
done
