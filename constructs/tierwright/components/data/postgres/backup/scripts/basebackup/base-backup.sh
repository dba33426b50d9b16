# Makes a base backup, and clears away those that are too many, with the WAL that only they need.
. /etc/backup/archive.sh

# No test or restore reads what is cleared away.
exec 8>> "$archive/.backups.lock"
flock -n 8 || echo "waiting for a test or restore to end"
flock 8

system=$(system_of_server)
seconds=0
until used=$(current) && [ -n "$used" ] && [ ! -e "$used/closed" ]; do
  [ "$seconds" -lt 60 ] || fail "no archive is in use; the log of the pod $PGHOST-archive-0 says why"
  seconds=$((seconds + 1))
  sleep 1
done
[ "$(cat "$used/system")" = "$system" ] \
  || fail "$PGHOST is another server than that of the archive ${used##*/}; the log of the pod $PGHOST-archive-0 says what to do"
if [ -e "$used/gap" ]; then
  fresh_slot
  begin_archive "$system"
  used=$(current)
fi

rm -rf "$used"/base/.[a-z]*
aside=$used/base/.unfinished
pg_basebackup --pgdata="$aside" --wal-method=stream --checkpoint=fast --no-password
pg_verifybackup --quiet "$aside"
# The server's clock: moments of a restore are of its transactions.
complete=$(ask --command "SELECT to_char(clock_timestamp(), 'YYYYMMDD\"T\"HH24MISS\"Z\"')")
mv "$aside" "$used/base/$complete"
echo "complete: $used/base/$complete, $(du -sh "$used/base/$complete" | cut -f 1)"

kept=0
bases "$archive"/[0-9][0-9][0-9][0-9] | sort -r | while IFS= read -r base; do
  kept=$((kept + 1))
  # The new one stays too, where a clock was ahead and others are named after later moments.
  [ "$kept" -gt "$RETENTION" ] && [ "${base##*/}" != "$complete" ] || continue
  removed=${base%/*}/.removed
  mv "$base" "$removed" # half of one is no base backup
  rm -rf "$removed"
  echo "cleared away: $base"
done
for folder in "$archive"/[0-9][0-9][0-9][0-9]; do
  if [ -n "$(bases "$folder")" ]; then
    # Of all of them: where a clock went back, the first by its name is not the first by its WAL. The timeline does not count.
    begin='s/^START WAL LOCATION: .* (file \([0-9A-F]*\))$/\1/p'
    pg_archivecleanup "$folder/wal" "$(sed -n "$begin" "$folder"/base/[0-9]*/backup_label | sort -k 1.9 | head -n 1)"
  else
    rm -rf "$folder"
    echo "cleared away: $folder"
  fi
done
