# Restores the server's volume to a moment. What is there stays aside, and so does the archive: what the restored server writes
# goes into a new one. Broken off at any point it begins anew.
. /etc/backup/archive.sh
. /etc/backup/recovery.sh

restored=$PGDATA.restored
if [ "$(cat "$restored" 2> /dev/null)" = "$TARGET" ]; then
  echo "it is restored to $TARGET already, and no server has run since"
  exit
fi
trap stop_copy EXIT
trap 'exit 143' INT TERM

exec 7>> "$archive/.lock" 8>> "$archive/.backups.lock"
flock -n 8 || echo "waiting for a base backup or test to end"
flock 8
flock -n 7 || echo "waiting for the pod that receives WAL to end"
flock 7

used=$(current)
all=$(bases "$archive"/[0-9][0-9][0-9][0-9])
[ -n "$all" ] || fail "there is no base backup"
chosen=''
if [ "$TARGET" = latest ]; then
  chosen=$(bases "$used" | tail -n 1)
  [ -n "$chosen" ] || fail "the archive ${used##*/} has no base backup: what was written since it began cannot be restored." \
    "Restore to a moment before that: the newest base backup is ${all##*/}"
else
  for base in $all; do
    [ "$(moment "${base##*/}")" -ge "$(moment "$TARGET")" ] || chosen=$base
  done
  [ -n "$chosen" ] || fail "$TARGET is before the first base backup was complete: $(echo "$all" | head -n 1 | sed 's|.*/||')"
fi

aside=$PGDATA.restoring
rm -rf "$aside"
if [ "$TARGET" = latest ]; then
  recover "$chosen" "$aside"
  last=$(find "$wal" -name '[0-9A-F]*' ! -name '*.history*' | sort | tail -n 1)
  last=${last##*/}
  start="$(echo "$last" | cut -c 9-16)/$(echo "$last" | cut -c 23-24)000000"
  # The last transaction may have been torn; it takes less than this.
  [ "$(in_copy postgres postgres --command "SELECT pg_last_wal_replay_lsn() + 1048576 >= '$start'")" = t ] \
    || fail "WAL is missing or spoiled: the last transaction that can be restored is of $(last_transaction), but there is WAL" \
      "up to $last. Restore to that moment, if it must be"
else
  recover "$chosen" "$aside" -c recovery_target_time="$TARGET" -c recovery_target_action=promote
fi
# The Secrets may have passwords of another time.
in_copy postgres postgres << 'SQL'
\getenv administrator_password POSTGRES_PASSWORD
\getenv user SERVICES_USER
\getenv user_password SERVICES_PASSWORD
ALTER ROLE postgres PASSWORD :'administrator_password';
SELECT format('ALTER ROLE %I PASSWORD %L', rolname, :'user_password') FROM pg_roles WHERE rolname = :'user' \gexec
SQL
stop_copy

echo "restored to $TARGET from the base backup ${chosen##*/}" > "$used/closed"
sync -f "$archive"
sync -f "$aside" # what was copied and not changed since
if [ -e "$PGDATA" ]; then
  before=$PGDATA.before-$(date -u +%Y%m%dT%H%M%SZ)
  mv "$PGDATA" "$before"
  echo "what was there is in $before"
fi
rm -f "$PGDATA.unfinished" # that a first start was broken off is not true of this
mv "$aside" "$PGDATA"
echo "$TARGET" > "$restored"
sync -f "$restored"
echo "restored to $TARGET; the last transaction is of $(last_transaction)"
