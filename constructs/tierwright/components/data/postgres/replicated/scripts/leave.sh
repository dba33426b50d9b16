#!/bin/sh
# Runs before a member is told to end, and writes to the volume what is in memory alone, while clients go on. Patroni turns them away
# first, and with much memory its lock could end before another member may take over.
. /etc/postgres/programs.sh
export PGCONNECT_TIMEOUT=5 PGPASSWORD="$POSTGRES_PASSWORD"
timeout 60 psql --no-psqlrc --no-password --quiet --host 127.0.0.1 --username "$POSTGRES_USER" --dbname postgres --command CHECKPOINT
exit 0 # whatever became of it, the member ends
