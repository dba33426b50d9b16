"""How the server starts: its settings, and what happens on a new volume.

Nobody but these scripts has written anything to a volume while the file `pgdata.unfinished` is there: it is made before the first
start, and until that is complete the server listens on its socket alone.
"""

from __future__ import annotations

from pathlib import Path

from tierwright.components.data.postgres import logins
from tierwright.components.data.postgres.tls import serving
from tierwright.components.data.postgres.values import Postgres, PostgresValues
from tierwright.components.data.script_files import scripts_in
from tierwright.expressions.conditions import Condition, any_of
from tierwright.expressions.tokens import filled
from tierwright.expressions.tree import Lines, Tree, each, each_entry, when
from tierwright.kit.data_service import as_lines

FOLDER = "/etc/postgres"
"""Where the scripts and settings are."""

DATA = "/var/lib/postgresql/data"
"""Where the volume is."""

PGDATA = f"{DATA}/pgdata"
"""A fresh volume may hold lost+found, in which initdb refuses to work."""

SETTINGS = "settings"
"""The file with the lines of `config`, NAME=VALUE."""

_ROLES = Path(__file__).with_name("roles")

_BEGINNING = """\
unfinished="$PGDATA.unfinished"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  : > "$unfinished"
elif [ -e "$unfinished" ]; then
"""

_GO_ON = """\
  # The image does not try a second time. After initdb, and before any server, it adds this line.
  if grep -qs '^host all all all ' "$PGDATA/pg_hba.conf"; then
    echo "the first start was broken off: going on with it" >&2
    pg_ctl -w -o "-c listen_addresses=''" start
    sh /etc/postgres/roles.sh
    pg_ctl -w -m fast stop
  else
    echo "the first start was broken off before there was a database: beginning anew" >&2
    rm -rf "$PGDATA"
  fi
"""

_BEGIN_ANEW = """\
  # Nobody knows how much of the SQL has run, and nobody else has written anything.
  echo "the first start was broken off: beginning anew" >&2
  rm -rf "$PGDATA"
"""

_OLD_VOLUME = """\
fi
if grep -Eqs '^local[[:space:]].*[[:space:]]trust[[:space:]]*$' "$PGDATA/pg_hba.conf"; then
  echo "an earlier version filled this volume: $SERVICES_USER is a superuser until you run sh /etc/postgres/roles.sh here" >&2
fi
"""

_ADMIT_BACKUPS = """\
rm -f "$PGDATA.restored"
sh /etc/postgres/admit-backups.sh
"""

_READ_SETTINGS = f"""\
set --
while IFS= read -r setting; do
  set -- "$@" -c "$setting"
done < {FOLDER}/{SETTINGS}
exec docker-entrypoint.sh postgres "$@" \\
"""

_NO_SETTINGS = "exec docker-entrypoint.sh postgres \\\n"

_OWN_SETTINGS = """\
  -c port="$PGPORT" \\
  -c max_connections="$MAX_CONNECTIONS" \\
  -c shared_buffers="$((MEMORY_LIMIT / 100 * SHARED_BUFFERS_PERCENT / 1024))kB" \\
  -c effective_cache_size="$((MEMORY_LIMIT / 2 / 1024))kB"
"""

_FIRST_SQL = """\
#!/bin/sh
# Makes the extensions and runs the SQL of the values, as the administrator. roles.sh runs this at the end of the first start.
set -eu
unset PGOPTIONS
export PGUSER="$POSTGRES_USER" PGPASSWORD="$POSTGRES_PASSWORD" PGDATABASE="$POSTGRES_DB"
for file in extensions init; do
  if [ -e "/etc/postgres/$file.sql" ]; then
    psql --no-psqlrc --no-password --quiet --set ON_ERROR_STOP=1 --set user="$SERVICES_USER" \\
      --file "/etc/postgres/$file.sql" < /dev/null
  fi
done
"""

_BACKUP_RULE = """\
#!/bin/sh
# Lets the administrator receive WAL and make base backups; also on a volume of before there were any.
set -eu
rule="host replication $POSTGRES_USER all scram-sha-256"
rules=$PGDATA/pg_hba.conf
if [ -s "$rules" ] && ! grep -qxF "$rule" "$rules"; then
  printf '\\n%s\\n' "$rule" >> "$rules"
fi
"""

_FINISHED = 'rm -f "$PGDATA.unfinished"\n'
_RUN_ADMIT_BACKUPS = 'sh "$folder/admit-backups.sh"\n'
_RUN_FIRST_SQL = '[ ! -e "$PGDATA.unfinished" ] || sh "$folder/first-sql.sh"\n'


def start(postgres: Postgres, archiving: Tree) -> Lines:
    """The script that becomes the server; `archiving` are the lines of its settings by which WAL is archived."""
    values = postgres.values
    return Lines(
        (
            as_lines(_BEGINNING),
            when(_has_first_sql(values), as_lines(_BEGIN_ANEW), as_lines(_GO_ON)),
            as_lines(_OLD_VOLUME),
            when(values.backup.enabled, as_lines(_ADMIT_BACKUPS)),
            serving.before_start(values),
            when(postgres.has_logins, logins.RUN),
            when(filled(values.config), as_lines(_READ_SETTINGS), as_lines(_NO_SETTINGS)),
            serving.arguments(values),
            archiving,
            as_lines(_OWN_SETTINGS),
        )
    )


def settings(values: PostgresValues) -> Lines:
    """The settings of `config`, one a line."""
    return Lines((each_entry(values.config, lambda name, value: f"{name}={value}"),))


def scripts(postgres: Postgres) -> dict[str, Tree]:
    """The files for a new volume: the roles, and what the values want on it."""
    values = postgres.values
    roles = scripts_in(_ROLES)
    before, after = roles["roles.sh"].split(_FINISHED)
    run = when(_has_first_sql(values), as_lines(_RUN_FIRST_SQL))
    extensions = Lines((each(values.extensions, lambda name: f'CREATE EXTENSION IF NOT EXISTS "{name}" CASCADE;'),))
    admit = when(values.backup.enabled, as_lines(_RUN_ADMIT_BACKUPS))
    give = when(postgres.has_logins, as_lines(logins.RUN_ONCE))
    return {
        **roles,
        **serving.scripts(values),
        **logins.scripts(postgres),
        "roles.sh": Lines((as_lines(before), run, admit, give, as_lines(_FINISHED + after))),
        "admit-backups.sh": when(values.backup.enabled, _BACKUP_RULE),
        "first-sql.sh": when(_has_first_sql(values), _FIRST_SQL),
        "extensions.sql": when(filled(values.extensions), extensions),
        "init.sql": when(filled(values.init_sql), values.init_sql),
    }


def _has_first_sql(values: PostgresValues) -> Condition:
    return any_of(filled(values.extensions), filled(values.init_sql))
