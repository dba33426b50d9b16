# How a server is made of a base backup and WAL; for the test and for the restore. It listens on a socket of its own alone.
socket=/tmp/socket
server=

in_copy() { # ROLE DATABASE [ARGUMENT...]
  role=$1 database=$2
  shift 2
  PGPASSWORD='' PGOPTIONS='' psql -XAtq --no-password --set ON_ERROR_STOP=1 -h "$socket" -p 5432 -U "$role" -d "$database" "$@"
}

recover() { # BASE DATA [-c SETTING...]: fails, or there is a server of all that the settings want to be replayed
  base=$1 data=$2
  shift 2
  wal=${base%/base/*}/wal
  echo "copying $base"
  cp -Rp "$base" "$data"
  chmod 700 "$data"
  pg_verifybackup --quiet --exit-on-error "$data" || fail "the base backup ${base##*/} is spoiled"
  rm -f "$data/backup_manifest"
  : > "$data/recovery.signal"
  mkdir -p "$socket"
  chmod 700 "$socket"
  echo "local all all trust" > "$socket/hba"
  if [ -e /etc/postgres/settings ]; then
    while IFS= read -r setting; do
      set -- -c "$setting" "$@"
    done < /etc/postgres/settings
  fi
  # The last segment is archived as it is written.
  set -- "$@" -c restore_command="cp '$wal/%f' '%p' 2> /dev/null || cp '$wal/%f.partial' '%p' 2> /dev/null"
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
  fail "the server did not come up; its log is above"
}

last_transaction() {
  last=$(sed -n 's/.*last completed transaction was at log time //p' "$socket/log" | tail -n 1)
  echo "${last:-before the base backup ${base##*/}}"
}

stop_copy() {
  [ -z "$server" ] || kill -INT "$server" 2> /dev/null || true
  wait
  server=
}
