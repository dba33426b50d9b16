"""The server with one pod, on the official image."""

from __future__ import annotations

from tierwright.components.data.postgres import logins
from tierwright.components.data.postgres.backup.archive import is_on
from tierwright.components.data.postgres.backup.names import CLIENTS, name_of
from tierwright.components.data.postgres.backup.objects import declare_backup
from tierwright.components.data.postgres.backup.repository import archiving, with_repository
from tierwright.components.data.postgres.cloudnative_pg.cluster import declare_cluster
from tierwright.components.data.postgres.pooler.server import declare_pooler
from tierwright.components.data.postgres.replicated.server import with_members
from tierwright.components.data.postgres.start import DATA, FOLDER, PGDATA, SETTINGS, scripts, settings, start
from tierwright.components.data.postgres.tls.serving import certificate_mount, certificate_volume
from tierwright.components.data.postgres.values import Postgres
from tierwright.expressions.tokens import filled
from tierwright.expressions.tree import when
from tierwright.kit.claims import Claim
from tierwright.kit.data_service import MEMORY_LIMIT, alone, developers_service, shell_probe
from tierwright.kit.network_boundary import from_developers, from_pods
from tierwright.kit.pods import empty_dir, secret_variable
from tierwright.kit.stateful_server import Container, ServerService, StatefulServer, declare_server, tcp


def declare(file: str, postgres: Postgres) -> None:
    """Declare PostgreSQL, as pods of ours or as what an operator is told, what backs it up, and what may stand before it."""
    server = with_repository(with_members(_server(postgres), postgres), postgres)
    declare_server(file, server, blueprint=postgres.blueprint)
    declare_cluster(file, postgres)
    declare_backup(file, postgres)
    declare_pooler(file, postgres)


def _server(postgres: Postgres) -> StatefulServer:
    values, port = postgres.values, postgres.port
    # At its first boot the image runs a temporary server on the socket alone: only TCP means ready.
    asked = 'pg_isready -q -h 127.0.0.1 -U "$SERVICES_USER" -d postgres'
    password, administrator = postgres.password, postgres.administrator_password
    data = Claim(name="data", path=DATA, storage=values.storage)
    container = Container(
        name=postgres.name,
        ports=(tcp(port),),
        command=alone(start(postgres, archiving(postgres, lambda name, value: f"  -c {name}='{value}' \\")), data=DATA),
        env=[
            # The first user that the image makes is a superuser for ever, so it is nobody's but the administrator's.
            {"name": "POSTGRES_USER", "value": "postgres"},
            secret_variable("POSTGRES_PASSWORD", secret=administrator.secret, key=administrator.key),
            {"name": "POSTGRES_DB", "value": values.database},
            {"name": "POSTGRES_INITDB_ARGS", "value": "--auth-local=scram-sha-256 --auth-host=scram-sha-256"},
            {"name": "SERVICES_USER", "value": values.user},
            secret_variable("SERVICES_PASSWORD", secret=password.secret, key=password.key),
            {"name": "PGDATA", "value": PGDATA},
            {"name": "PGPORT", "value": str(port)},
            {"name": "MAX_CONNECTIONS", "value": str(values.max_connections)},
            {"name": "SHARED_BUFFERS_PERCENT", "value": str(values.shared_buffers_percent)},
            MEMORY_LIMIT,
        ],
        # Recovery after a crash may take long; nothing is gained by ending it.
        startup_probe=shell_probe(asked, period=1, failures=1800),
        readiness_probe=shell_probe(asked, period=10, failures=3),
        # 1: the server is there, but refuses connections, as it does in recovery. Only silence is death.
        liveness_probe=shell_probe(f"{asked} || [ $? -eq 1 ]", period=30, failures=3),
        claims=(data,),
        mounts=[
            {"name": "config", "mountPath": FOLDER, "readOnly": True},
            {
                "name": "config",
                "mountPath": "/docker-entrypoint-initdb.d/10-roles.sh",
                "subPath": "roles.sh",
                "readOnly": True,
            },
            {"name": "socket", "mountPath": "/var/run/postgresql"},
            {"name": "shared-memory", "mountPath": "/dev/shm"},  # noqa: S108 - a volume of the pod
            certificate_mount(values),
            logins.mount(postgres),
        ],
    )
    return StatefulServer(
        name=postgres.name,
        component="database",
        operation=values,
        containers=(container,),
        client=ServerService(id="service", name=postgres.name, ports=(tcp(port),)),
        claims=(data,),
        volumes=[
            empty_dir("socket", "1Mi"),
            # The runtime's own /dev/shm has 64 MB, too little for parallel queries on large tables.
            empty_dir("shared-memory", values.shared_memory, in_memory=True),
            certificate_volume(values),
            logins.volume(postgres),
        ],
        config=(SETTINGS, settings(values)),
        configured=filled(values.config),
        scripts=scripts(postgres),
        services=(developers_service(postgres.name, values.developer_access, port),),
        ingress=[
            *postgres.from_clients,
            from_developers(values.developer_access, port),
            when(is_on(postgres), from_pods([name_of(postgres.name, end) for end in CLIENTS], port)),
        ],
        present=postgres.is_own,
    )
