# Restores the server's volume to a moment. What is there stays aside, and so does the archive: what the restored server writes
# goes into a new one. Broken off at any point it begins anew.
. /etc/backup/archive.sh
. /etc/backup/recovery.sh
. /etc/backup/in-place.sh

begin_restore

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
  for one in $all; do
    [ "$(moment "${one##*/}")" -ge "$(moment "$TARGET")" ] || chosen=$one
  done
  [ -n "$chosen" ] || fail "$TARGET is before the first base backup was complete: $(echo "$all" | head -n 1 | sed 's|.*/||')"
fi

base=$chosen
rm -rf "$aside"
if [ "$TARGET" = latest ]; then
  recover "$aside"
  last=$(find "$wal" -name '[0-9A-F]*' ! -name '*.history*' | sort | tail -n 1)
  replayed_up_to "${last##*/}"
else
  recover "$aside" -c recovery_target_time="$TARGET" -c recovery_target_action=promote
fi
give_passwords
stop_copy

echo "restored to $TARGET from the base backup ${chosen##*/}" > "$used/closed"
sync -f "$archive"
put_in_place
