# The result of a restore test, and what is asked of the copy. A result is a row of backup.restore_tests in the administrator's
# database of the server: one that is written before all else must be in the copy. `backup` is the moment of the base backup.
id='' backup=''
finish() {
  status=$?
  trap - EXIT INT TERM
  [ "$status" -eq 0 ] || [ -n "$reason" ] || reason="ended before it was done"
  stop_copy
  [ -z "$id" ] || ask --set id="$id" --set failure="$reason" --set backup="$backup" > /dev/null << 'SQL' || status=1
UPDATE backup.restore_tests
SET finished_at = clock_timestamp(), succeeded = :'failure' = '', failure = nullif(:'failure', ''),
  backup_at = to_timestamp(nullif(:'backup', ''), 'YYYYMMDD"T"HH24MISS"Z"')
WHERE id = :id;
DELETE FROM backup.restore_tests WHERE id <= :id - 1000;
SQL
  exit "$status"
}
trap finish EXIT
trap 'exit 143' INT TERM

begin_test() {
  id=$(ask << 'SQL'
CREATE SCHEMA IF NOT EXISTS backup;
CREATE TABLE IF NOT EXISTS backup.restore_tests (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  finished_at timestamptz,
  succeeded boolean,
  failure text,
  backup_at timestamptz
);
GRANT USAGE ON SCHEMA backup TO pg_monitor;
GRANT SELECT ON backup.restore_tests TO pg_monitor;
INSERT INTO backup.restore_tests DEFAULT VALUES RETURNING id;
SQL
)
}

ask_copy() {
  there=$(in_copy postgres postgres --command "SELECT count(*) FROM backup.restore_tests WHERE id = $id" 2> /dev/null) || there=0
  [ "$there" = 1 ] || fail "WAL is missing or spoiled: the copy ends with a transaction of $(last_transaction)"

  wrong='' asked=0
  for assertion in /etc/assertions/*; do
    [ -e "$assertion" ] || continue
    asked=$((asked + 1))
    # Not as the administrator: what the services have put into their database must not run with his rights.
    answer=$(in_copy "$SERVICES_USER" "$DATABASE" --file "$assertion") || answer="an error"
    [ "$answer" = t ] || wrong="$wrong, ${assertion##*/}: ${answer:-nothing}"
  done
  [ -z "$wrong" ] || fail "not true: ${wrong#, }"
  echo "restored: the base backup $name and all WAL since; assertions that are true: $asked"
}
