# Restores the server's volume to a moment. What is there stays aside, and so does the archive: what the restored server writes
# goes into a new one. Broken off at any point it begins anew.
. /etc/backup/archive.sh
. /etc/backup/recovery.sh
. /etc/backup/in-place.sh

begin_restore

all=$(archives) || fail "the repository cannot be read; pgBackRest says why above"
newest=$(echo "$all" | tail -n 1)
rm -rf "$aside"
if [ "$TARGET" = latest ]; then
  [ -n "$newest" ] || fail "there is no base backup"
  name=$(bases "$newest" | tail -n 1)
  [ -n "$name" ] || fail "the archive $newest has no base backup: what was written since it began cannot be restored." \
    "Restore to a moment before that"
  copy "$newest" "$aside" --set="$name" || fail "the base backup $name is spoiled, or cannot be read; pgBackRest says why above"
  recover "$aside"
  replayed_up_to "$(last_segment "$newest")"
else
  # pgBackRest chooses the base backup; it leaves an archive that has none so old with its code 75.
  status=75 name="of before $TARGET"
  for number in $(echo "$all" | sort -r); do
    status=0
    copy "$number" "$aside" --type=time --target="$TARGET" || status=$?
    [ "$status" -eq 75 ] || break
  done
  [ "$status" -ne 75 ] || fail "$TARGET is before the first base backup was complete"
  [ "$status" -eq 0 ] || fail "the base backup $name is spoiled, or cannot be read; pgBackRest says why above"
  recover "$aside" -c recovery_target_time="$TARGET" -c recovery_target_action=promote
fi
give_passwords
if [ -n "${PATRONI_SCOPE:-}" ]; then
  identifier=$(in_copy postgres postgres --command "SELECT system_identifier FROM pg_control_system()")
  python3 /etc/backup/patroni-state.py forget "$identifier"
fi
stop_copy

printf '%04d\n' "$((1$newest - 9999))" > "$aside/archive.number"
put_in_place
