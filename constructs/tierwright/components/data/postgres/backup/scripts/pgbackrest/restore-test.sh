# Restores the newest base backup and all WAL since into a second server, and asks the assertions there.
. /etc/backup/archive.sh
. /etc/backup/recovery.sh
. /etc/backup/testing.sh

begin_test
number=$(ask --command "SELECT coalesce(trim(E'\n' FROM pg_read_file('archive.number', 0, 100, true)), '0001')")
info "$number" > /tmp/info || fail "the repository cannot be read; pgBackRest says why above"
# 99: none of its own words for what is wrong, such as a passphrase or a key of the bucket.
case $(sed -n 's/.*"status":{"code":\([0-9]*\),.*/\1/p' /tmp/info) in
  '' | 99) fail "the repository cannot be read: $(tr -cd '[:print:]' < /tmp/info | cut -c 1-500)" ;;
esac
newest=$(ask << 'SQL'
\set info `cat /tmp/info`
SELECT base ->> 'label', to_char(to_timestamp((base -> 'timestamp' ->> 'stop')::bigint), 'YYYYMMDD"T"HH24MISS"Z"')
FROM jsonb_array_elements(:'info'::jsonb -> 0 -> 'backup') AS base
ORDER BY 1 DESC
LIMIT 1;
SQL
)
[ -n "$newest" ] || fail "the archive $number has no base backup"
name=${newest%|*} backup=${newest#*|}
age="clock_timestamp() - to_timestamp('$backup', 'YYYYMMDD\"T\"HH24MISS\"Z\"')"
[ "$(ask --command "SELECT $age > interval '$MAX_AGE_HOURS hours'")" = f ] \
  || fail "the newest base backup is $name, older than $MAX_AGE_HOURS hours"

segment=$(ask --command "SELECT pg_walfile_name(pg_switch_wal())")
archived="SELECT last_archived_wal ~ '^[0-9A-F]{24}' AND left(last_archived_wal, 24) >= '$segment' FROM pg_stat_archiver"
seconds=0
until [ "$(ask --command "$archived")" = t ]; do
  [ "$seconds" -lt 60 ] || fail "what the server writes is not archived; the log of the primary says why"
  seconds=$((seconds + 1))
  sleep 1
done

copy "$number" /copy/pgdata --set="$name" || fail "the base backup $name is spoiled, or cannot be read; pgBackRest says why above"
recover /copy/pgdata
ask_copy
