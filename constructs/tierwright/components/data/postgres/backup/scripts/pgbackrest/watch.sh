# Beside each server: makes the base backups that are asked for. A row of backup.base_backups asks for one; only the primary sees
# that no answer has come yet. When another member becomes the primary meanwhile, it begins anew.
. /etc/backup/archive.sh
trap 'exit 143' INT TERM
opened='' said=''

open_archive() { # A refusal is said once for each place.
  code=0
  in_archive "$number" "$PGDATA" stanza-create > /tmp/opened 2>&1 || code=$?
  if [ "$code" -eq 0 ]; then
    opened=$wanted said=''
    echo "the archive $number is open"
  elif [ "$said" != "$wanted $code" ]; then
    said="$wanted $code"
    cat /tmp/opened >&2
    echo "error: the archive $number cannot be opened; pgBackRest says why above. Nothing is archived. Where it is another server's" \
      "(its volume is new, or another): restore that one, or give this one another backup.repository.path" >&2
  fi
  [ "$code" -eq 0 ]
}

asked() { # the rows without an answer
  ask --command "UPDATE backup.base_backups SET started_at = clock_timestamp() WHERE finished_at IS NULL RETURNING id" 2> /dev/null
}

answer() { # FAILURE
  # shellcheck disable=SC2086,SC2116 - blanks are enough between them
  ask --set ids="{$(echo $ids | tr ' ' ,)}" --set failure="$1" --set base="$(bases "$number" | tail -n 1)" << 'SQL'
UPDATE backup.base_backups
SET finished_at = clock_timestamp(), succeeded = :'failure' = '', failure = nullif(:'failure', ''),
  base_backup = CASE WHEN :'failure' = '' THEN :'base' END
WHERE id = ANY (:'ids');
SQL
}

back_up() {
  # Waits for its WAL as long as the archive takes.
  if in_archive "$number" "$PGDATA" --log-level-stderr=error --type=full backup 2> /tmp/why; then
    clear_away || echo "older archives could not be cleared away" >&2
    answer ''
  else
    cat /tmp/why >&2
    answer "$(sed -n 's/^.*ERROR: //p' /tmp/why | head -n 1)"
  fi
}

clear_away() { # older archives, once nobody needs them; what is too much in the one in use, pgBackRest has cleared away
  [ "$(bases "$number" | wc -l)" -ge "$RETENTION" ] || return 0
  for older in $(archives); do
    [ "$older" -lt "$number" ] || continue
    archive "$older" stop
    in_archive "$older" "$PGDATA" --force stanza-delete
    archive "$older" start
    echo "cleared away: the archive $older"
  done
}

while :; do
  number=$(number_in "$PGDATA")
  # Settings change while this runs, and from then on the server archives to another place.
  wanted="$number $(cksum < "$PGBACKREST_CONFIG")"
  if ! is_primary; then
    opened=
  elif [ "$opened" = "$wanted" ] || open_archive; then
    ids=$(asked) || ids=
    [ -z "$ids" ] || back_up || echo "what asked for this base backup could not be told" >&2
  fi
  sleep 5 &
  wait "$!"
done
