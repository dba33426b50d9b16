# Restores the newest base backup and all WAL since into a second server, and asks the assertions there.
. /etc/backup/archive.sh
. /etc/backup/recovery.sh
. /etc/backup/testing.sh

exec 8>> "$archive/.backups.lock"
flock -s -n 8 || echo "waiting for a base backup or restore to end"
flock -s 8

begin_test
used=$(current)
[ -n "$used" ] || fail "there is no archive"
[ ! -e "$used/gap" ] || fail "$(cat "$used/gap")"
newest=$(bases "$used" | tail -n 1)
[ -n "$newest" ] || fail "the archive ${used##*/} has no base backup"
backup=${newest##*/}
age="clock_timestamp() - to_timestamp('$backup', 'YYYYMMDD\"T\"HH24MISS\"Z\"')"
[ "$(ask --command "SELECT $age > interval '$MAX_AGE_HOURS hours'")" = f ] \
  || fail "the newest base backup is $backup, older than $MAX_AGE_HOURS hours"

written=$(ask --command "SELECT pg_current_wal_flush_lsn()")
archived="SELECT count(*) FROM pg_stat_replication WHERE application_name = 'pg_receivewal' AND write_lsn >= '$written'"
seconds=0
until [ "$(ask --command "$archived")" -gt 0 ]; do
  [ "$seconds" -lt 30 ] || fail "what the server writes is not archived; the log of the pod $PGHOST-archive-0 says why"
  seconds=$((seconds + 1))
  sleep 1
done

base=$newest
recover /copy/pgdata
ask_copy
