# How a server is made of a base backup and WAL; for the test and for the restore. It listens on a socket of its own alone.
# `name` is the base backup. The archive.sh of each method has the function `recover`, which ends with `replay`.
socket=/tmp/socket
server=

in_copy() { # ROLE DATABASE [ARGUMENT...]
  role=$1 database=$2
  shift 2
  PGPASSWORD='' PGOPTIONS='' psql -XAtq --no-password --set ON_ERROR_STOP=1 -h "$socket" -p 5432 -U "$role" -d "$database" "$@"
}

replay() { # DATA [-c SETTING...]: fails, or there is a server of all that the settings want to be replayed
  data=$1
  shift
  : > "$data/recovery.signal"
  mkdir -p "$socket"
  chmod 700 "$socket"
  echo "local all all trust" > "$socket/hba"
  if [ -e /etc/postgres/settings ]; then
    while IFS= read -r setting; do
      set -- -c "$setting" "$@"
    done < /etc/postgres/settings
  fi
  # Without hot_standby nobody gets in before all is replayed, and it needs no memory for as many as the server has.
  set -- "$@" -c listen_addresses= -c unix_socket_directories="$socket" -c port=5432 -c hba_file="$socket/hba" -c hot_standby=off \
    -c archive_mode=off -c ssl=off -c logging_collector=off -c log_destination=stderr -c log_timezone=UTC -c lc_messages=C \
    -c log_statement=none -c log_min_duration_statement=-1 -c log_min_error_statement=panic -c log_min_messages=warning
  echo "replaying WAL"
  (
    unset PGPASSWORD PGOPTIONS
    exec postgres -D "$data" "$@"
  ) > "$socket/log" 2>&1 &
  server=$!
  until in_copy postgres postgres --command "SELECT" > /dev/null 2>&1; do
    kill -0 "$server" 2> /dev/null || cannot_recover
    sleep 1
  done
}

cannot_recover() {
  server=
  tail -n 20 "$socket/log" >&2
  if grep -q 'recovery ended before configured recovery target was reached' "$socket/log"; then
    fail "the archive ends before $TARGET: the last transaction in it is of $(last_transaction);" \
      "restore to an earlier moment, or to the latest"
  fi
  if grep -q -e 'could not locate required checkpoint record' -e 'WAL ends before' "$socket/log"; then
    fail "WAL is missing or spoiled: not even the base backup $name comes up, which needs what was written meanwhile"
  fi
  fail "the server did not come up; its log is above"
}

replayed_up_to() { # SEGMENT: fails where the server has not replayed all WAL before it; its last transaction may have been torn
  start="$(echo "$1" | cut -c 9-16)/$(echo "$1" | cut -c 23-24)000000"
  [ "$(in_copy postgres postgres --command "SELECT pg_last_wal_replay_lsn() + 1048576 >= '$start'")" = t ] \
    || fail "WAL is missing or spoiled: the last transaction that can be restored is of $(last_transaction), but there is WAL" \
      "up to $1. Restore to that moment, if it must be"
}

last_transaction() {
  last=$(sed -n 's/.*last completed transaction was at log time //p' "$socket/log" | tail -n 1)
  echo "${last:-before the base backup $name}"
}

stop_copy() {
  [ -z "$server" ] || kill -INT "$server" 2> /dev/null || true
  wait
  server=
}
