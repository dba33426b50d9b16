# Receives the server's WAL into the archive as it is written. Where the archive would have a gap, it fails and says what to do.
. /etc/backup/archive.sh

receiver=
stop() {
  trap - INT TERM
  [ -z "$receiver" ] || kill "$receiver" 2> /dev/null || true
  wait
  exit 0
}
trap stop INT TERM

wait_for_server() {
  said=
  until system=$(system_of_server 2> /tmp/why); do
    [ "$said" = "$(cat /tmp/why)" ] || echo "waiting for $PGHOST: $(cat /tmp/why)"
    said=$(cat /tmp/why)
    sleep 2
  done
}

gap() { # ARCHIVE: nothing follows what it has
  last=$(find "$1/wal" -name '[0-9A-F]*' | sort | tail -n 1)
  last=${last##*/}
  echo "the archive ${1##*/} ends with ${last%.partial}: $PGHOST no longer has the WAL that follows. Nothing is archived until a" \
    "base backup begins a new archive: kubectl create job --from=cronjob/$PGHOST-backup $PGHOST-backup-now" > "$1/gap"
  fail "$(cat "$1/gap")"
}

open_archive() { # the one in use, or the next one where this server's WAL does not belong into it
  # Whoever makes the slot bounds it: a slot that nobody reads any more must not fill the server's volume, whatever the values are.
  ask --command "ALTER SYSTEM SET max_slot_wal_keep_size = '${MAX_SLOT_WAL_KEEP_SIZE%i}B'"
  ask --command "SELECT pg_reload_conf()" > /dev/null
  state="SELECT coalesce(max(coalesce(wal_status, 'reserved')), 'absent') FROM pg_replication_slots WHERE slot_name = '$slot'"
  state=$(ask --command "$state")
  used=$(current)
  if [ -z "$used" ] || [ -e "$used/closed" ]; then
    begin_archive "$system"
  elif [ "$(cat "$used/system")" != "$system" ]; then
    [ "$state" != absent ] || fail "$PGHOST is another server than that of the archive ${used##*/}: its volume is new, or another." \
      "Restore the old one, or make the slot by which this one gets an archive of its own:" \
      "SELECT pg_create_physical_replication_slot('$slot', true)"
    begin_archive "$system"
  elif [ -e "$used/gap" ]; then
    fail "$(cat "$used/gap")"
  elif [ "$state" = lost ]; then
    gap "$used"
  fi
  case $state in absent | lost) fresh_slot ;; esac
}

# A server that is gone without a word is noticed, and connected to anew.
lively="keepalives_idle=15 keepalives_interval=5 keepalives_count=3 tcp_user_timeout=30000"

rm -f /tmp/receiving
while :; do
  wait_for_server
  open_archive
  used=$(current)
  pg_receivewal --directory="$used/wal" --slot="$slot" --status-interval=1 --no-loop --no-password --dbname="$lively" 2> /tmp/said &
  receiver=$!
  sleep 1
  if kill -0 "$receiver" 2> /dev/null; then
    : > /tmp/receiving
    echo "receiving the WAL of $PGHOST into $used"
  fi
  wait "$receiver" || true
  receiver=
  rm -f /tmp/receiving
  cat /tmp/said >&2
  if grep -q 'has already been removed' /tmp/said; then gap "$used"; fi
  sleep 1
done
