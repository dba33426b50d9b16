# Asks for a base backup, which is made beside the primary, and waits for it.
. /etc/backup/archive.sh

id=$(ask << 'SQL'
CREATE SCHEMA IF NOT EXISTS backup;
CREATE TABLE IF NOT EXISTS backup.base_backups (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  asked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz,
  succeeded boolean,
  failure text,
  base_backup text
);
GRANT USAGE ON SCHEMA backup TO pg_monitor;
GRANT SELECT ON backup.base_backups TO pg_monitor;
DELETE FROM backup.base_backups WHERE id <= (SELECT max(id) FROM backup.base_backups) - 1000;
INSERT INTO backup.base_backups DEFAULT VALUES RETURNING id;
SQL
)

finish() { # Nobody begins what nobody waits for any more.
  status=$?
  trap - EXIT INT TERM
  ask --command "UPDATE backup.base_backups SET finished_at = clock_timestamp(), succeeded = false,
    failure = 'whoever asked for it has ended' WHERE id = $id AND finished_at IS NULL" > /dev/null || true
  exit "$status"
}
trap finish EXIT
trap 'exit 143' INT TERM

state=asked seconds=0
until [ "$state" = done ]; do
  sleep 2
  # While another member becomes the primary, nobody answers.
  state=$(ask --command "SELECT CASE WHEN finished_at IS NOT NULL THEN 'done' WHEN started_at IS NOT NULL THEN 'started'
    ELSE 'asked' END FROM backup.base_backups WHERE id = $id" 2> /dev/null) || continue
  seconds=$((seconds + 2))
  [ "$state" != asked ] || [ "$seconds" -lt 120 ] \
    || fail "nobody begins; the log of the container \`backup\` of the primary says why: kubectl logs -c backup POD"
done
[ "$(ask --command "SELECT succeeded FROM backup.base_backups WHERE id = $id")" = t ] \
  || fail "$(ask --command "SELECT failure FROM backup.base_backups WHERE id = $id")"
ask --command "SELECT 'complete: ' || base_backup || ', in ' || date_trunc('second', finished_at - started_at)
  FROM backup.base_backups WHERE id = $id"
