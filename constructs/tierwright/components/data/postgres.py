"""PostgreSQL on the official image."""

from __future__ import annotations

from pathlib import Path

from tierwright.blueprint import Blueprint
from tierwright.kit.data_service import MEMORY_LIMIT, DataService, Server, shell_probe
from tierwright.kit.pods import empty_dir, secret_variable
from tierwright.model.workload_values import SecurityContext

NAME = "postgres"
SECURITY = SecurityContext(user=999, group=999)
"""The image's own user (Debian): initdb wants its user in passwd."""

_DATA = "/var/lib/postgresql/data"
_SCRIPTS = Path(__file__).with_name("postgres_roles")
_FOLDER = "/etc/postgres"

_START = """\
unfinished="$PGDATA.unfinished"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
  : > "$unfinished"
elif [ -e "$unfinished" ]; then
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
fi
if grep -Eqs '^local[[:space:]].*[[:space:]]trust[[:space:]]*$' "$PGDATA/pg_hba.conf"; then
  echo "an earlier version filled this volume: $SERVICES_USER is a superuser until you run sh /etc/postgres/roles.sh here" >&2
fi
exec docker-entrypoint.sh postgres \\
  -c port="$PGPORT" \\
  -c max_connections="$MAX_CONNECTIONS" \\
  -c shared_buffers="$((MEMORY_LIMIT / 100 * SHARED_BUFFERS_PERCENT / 1024))kB" \\
  -c effective_cache_size="$((MEMORY_LIMIT / 2 / 1024))kB"
"""


class Postgres(DataService):
    """PostgreSQL, one pod."""

    def __init__(self, file: str, *, blueprint: Blueprint) -> None:
        access = (blueprint.values.postgres.developer_access, blueprint.own_port(NAME))
        super().__init__(file, NAME, blueprint=blueprint, server=_server(blueprint), developer_access=access)


def _server(blueprint: Blueprint) -> Server:
    values, port = blueprint.values.postgres, blueprint.own_port(NAME)
    # At its first boot the image runs a temporary server on the socket alone: only TCP means ready.
    asked = 'pg_isready -q -h 127.0.0.1 -U "$SERVICES_USER" -d postgres'
    password, administrator = blueprint.password_of(NAME), blueprint.administrator_password_of(NAME)
    return Server(
        component="database",
        security=SECURITY,
        start=_START,
        data_path=_DATA,
        scripts={path.name: path.read_text(encoding="utf-8") for path in sorted(_SCRIPTS.iterdir())},
        container={
            "env": [
                # The first user that the image makes is a superuser for ever, so it is nobody's but the administrator's.
                {"name": "POSTGRES_USER", "value": "postgres"},
                secret_variable("POSTGRES_PASSWORD", secret=administrator.secret, key=administrator.key),
                {"name": "POSTGRES_DB", "value": values.database},
                {"name": "POSTGRES_INITDB_ARGS", "value": "--auth-local=scram-sha-256 --auth-host=scram-sha-256"},
                {"name": "SERVICES_USER", "value": values.user},
                secret_variable("SERVICES_PASSWORD", secret=password.secret, key=password.key),
                # A fresh volume may hold lost+found, in which initdb refuses to work.
                {"name": "PGDATA", "value": f"{_DATA}/pgdata"},
                {"name": "PGPORT", "value": str(port)},
                {"name": "MAX_CONNECTIONS", "value": str(values.max_connections)},
                {"name": "SHARED_BUFFERS_PERCENT", "value": str(values.shared_buffers_percent)},
                MEMORY_LIMIT,
            ],
            # Recovery after a crash may take long; nothing is gained by ending it.
            "startupProbe": shell_probe(asked, period=1, failures=1800),
            "readinessProbe": shell_probe(asked, period=10, failures=3),
            # 1: the server is there, but refuses connections, as it does in recovery. Only silence is death.
            "livenessProbe": shell_probe(f"{asked} || [ $? -eq 1 ]", period=30, failures=3),
            "volume_mounts": [
                {"name": "config", "mountPath": _FOLDER, "readOnly": True},
                {
                    "name": "config",
                    "mountPath": "/docker-entrypoint-initdb.d/10-roles.sh",
                    "subPath": "roles.sh",
                    "readOnly": True,
                },
                {"name": "socket", "mountPath": "/var/run/postgresql"},
                {"name": "shared-memory", "mountPath": "/dev/shm"},  # noqa: S108 - a volume of the pod
            ],
        },
        volumes=[
            empty_dir("socket", "1Mi"),
            # The runtime's own /dev/shm has 64 MB, too little for parallel queries on large tables.
            empty_dir("shared-memory", values.shared_memory, in_memory=True),
        ],
    )
