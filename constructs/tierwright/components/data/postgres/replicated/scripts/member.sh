#!/bin/sh
# Becomes Patroni, which runs the server. The variables PATRONI_... are its settings too.
set -eu
folder=/etc/postgres settings=/tmp/patroni
. "$folder/programs.sh"

# Another member need not wait for the end of a lock whose holder has ended.
python3 "$folder/patroni-state.py" give-back || true

# A copy of another member begins with this label and ends with the control file.
if [ -e "$PGDATA/backup_label" ] && [ ! -s "$PGDATA/global/pg_control" ]; then
  echo "copying the data was broken off: beginning anew" >&2
  rm -rf "$PGDATA"
fi
# Patroni would take half a database for a whole one. Nobody has been let into it.
if [ -e "$PGDATA.unfinished" ]; then
  echo "the first start was broken off: beginning anew" >&2
  sh "$folder/first-start.sh"
fi

# Patroni would try again and again.
image=$(postgres --version | sed 's/[^0-9]*\([0-9]*\).*/\1/') data=$(cat "$PGDATA/PG_VERSION" 2> /dev/null) || data=$image
if [ "$image" != "$data" ]; then
  echo "the data are of PostgreSQL $data and the image is of $image, which cannot read them: go back to an image of $data;" \
    "a next major version is another server (docs/postgres.md)" >&2
  exit 1
fi

# The address and not the name: DNS may have that of an earlier pod for half a minute.
case $POD_IP in *:*) address="[$POD_IP]" ;; *) address=$POD_IP ;; esac
export PATRONI_POSTGRESQL_CONNECT_ADDRESS="$address:$PGPORT" PATRONI_RESTAPI_CONNECT_ADDRESS="$address:$REST_PORT"

# A server has run on what was restored.
rm -f "$PGDATA.restored"

rm -rf "$settings"
mkdir "$settings"
cp "$folder"/*.yaml "$settings"
cat > "$settings/memory.yaml" << END
postgresql:
  bin_dir: $(dirname "$(command -v postgres)")
  parameters:
    shared_buffers: $((MEMORY_LIMIT / 100 * SHARED_BUFFERS_PERCENT / 1024))kB
    effective_cache_size: $((MEMORY_LIMIT / 2 / 1024))kB
END
# The first member alone may begin a new database: where there was a single server, it has that one's data.
if [ "${POD_NAME##*-}" = 0 ]; then
  {
    printf 'bootstrap:\n  method: first_start\n  first_start: {command: sh %s/first-start.sh, no_params: true}\n  dcs:\n' "$folder"
    sed 's/^/    /' "$folder/settings"
  } > "$settings/bootstrap.yaml"
fi

# Patroni reads the settings of all members once, when the database is new; later ones must be told to it. Before the server starts,
# so that it starts with them; when nobody has made the database, or the store does not answer, it is done later.
tell() { timeout 20 patronictl -c "$settings" edit-config --force --replace "$folder/settings"; }
if ! tell > /dev/null 2>&1; then
  (
    until pg_isready -q -h 127.0.0.1 -U "$POSTGRES_USER" && [ ! -e "$PGDATA.unfinished" ] && tell; do
      sleep 5
    done
  ) 9>&- &
fi
[ ! -e "$folder/renew.sh" ] || sh "$folder/renew.sh" 9>&- &
[ ! -e "$folder/logins.sh" ] || sh "$folder/logins.sh" 9>&- &
sh "$folder/copy-anew.sh" 9>&- &
exec patroni "$settings"
