"""What the operator is told, and who reaches the pods that it makes."""

from __future__ import annotations

from tierwright.components.data.postgres.cloudnative_pg.backup import are_backed_up, declare_backups, plugins, to_bucket
from tierwright.components.data.postgres.cloudnative_pg.members import MEMBERS
from tierwright.components.data.postgres.replicated.settings import in_its_units
from tierwright.components.data.postgres.values import Postgres, PostgresValues
from tierwright.expressions.conditions import Truth, all_of
from tierwright.expressions.expression import Lookup
from tierwright.expressions.quantities import KilobytesOf
from tierwright.expressions.texts import Replaced
from tierwright.expressions.tokens import Map, Text, expression_of, filled, operand_of
from tierwright.expressions.tree import OmitEmpty, Tree, choose, each, merged, when
from tierwright.kit.data_service import developers_service
from tierwright.kit.kinds import CLUSTER
from tierwright.kit.metadata import Manifest, ObjectMeta
from tierwright.kit.network_boundary import from_clients, from_developers, from_operator
from tierwright.kit.operated_server import OperatedServer, declare_operated
from tierwright.kit.pods import given, resources, spread_constraints
from tierwright.kit.stateful_server import ServerService, tcp
from tierwright.model.labels import PART_OF_LABEL
from tierwright.model.own_names import replicas_of
from tierwright.model.part import BUDGET, SECRET, SERVICE, Operated

CLUSTER_LABEL = "cnpg.io/cluster"
ROLE_LABEL = "cnpg.io/instanceRole"
PORT, STATUS_PORT = 5432, 8000
"""Where each member listens for PostgreSQL and, to the operator and the other members, for questions about its state."""

SECRETS = ("-ca", "-replication")
"""The ends of the names of Secrets that the operator makes whatever it is told."""

OPERATED = {
    "cloudnative-pg": Operated(
        label=CLUSTER_LABEL,
        port=PORT,
        named=True,
        made={
            # It makes the first one alone, and stops where another is somebody else's.
            SERVICE: ("-rw", "-r", "-ro", "-any"),
            BUDGET: ("", "-primary"),
            # The server's is made without TLS, the last one where the operator has a Secret to pull images with.
            SECRET: (*SECRETS, "-server", "-pull"),
        },
        members=MEMBERS,
        jobs="-[0-9]+-(initdb|join|snapshot-recovery|major-upgrade)",
    )
}
"""https://github.com/cloudnative-pg/cloudnative-pg/blob/v1.29.0/internal/controller/cluster_create.go."""

_START = 1800
"""Seconds that recovery after a crash may take. Nothing is gained by ending it."""


def declare_cluster(file: str, postgres: Postgres) -> None:
    """Declare the object of the operator, with the Services and the policy of a PostgreSQL that it runs."""
    values, name, blueprint = postgres.values, postgres.name, postgres.blueprint
    ports, primary = (tcp(postgres.port, target=PORT),), {ROLE_LABEL: "primary"}
    access = values.developer_access
    developers = developers_service(name, access, postgres.port)
    services = (
        ServerService(id="service", name=name, ports=ports, selector=primary),
        ServerService(id="replicas", name=replicas_of(name), ports=ports, selector={ROLE_LABEL: "replica"}),
        ServerService(
            id=developers.id,
            name=developers.name,
            ports=ports,
            type=developers.type,
            selector=primary,
            more=developers.more,
            present=developers.present,
        ),
    )
    server = OperatedServer(
        name=name,
        component="database",
        version=values.cloudnative_pg.image.tag,
        kind=CLUSTER,
        spec=_spec(postgres),
        pods={CLUSTER_LABEL: name},
        ready=primary,
        peers=(PORT, STATUS_PORT),
        services=services,
        ingress=[
            *from_clients(blueprint, name, PORT),
            from_developers(access, PORT),
            from_operator(values.cloudnative_pg.operator, PORT, STATUS_PORT),
        ],
        egress=to_bucket(postgres),
        present=postgres.is_operated,
    )
    declare_operated(file, server, blueprint=blueprint)
    declare_backups(file, postgres)


def _spec(postgres: Postgres) -> Manifest:
    values, blueprint = postgres.values, postgres.blueprint
    operated, replication = values.cloudnative_pg, values.replication
    images, tls = blueprint.values.images, values.tls
    members = ObjectMeta(
        blueprint, postgres.name, component="database", selected={CLUSTER_LABEL: postgres.name, "cnpg.io/podRole": "instance"}
    )
    return {
        "instances": replication.members,
        "imageName": blueprint.image(operated.image),
        "imagePullPolicy": images.pull_policy,
        "imagePullSecrets": OmitEmpty([each(images.pull_secrets, lambda name: {"name": name})]),
        "postgresUID": given(operated.security.user),
        "postgresGID": given(operated.security.group),
        "inheritedMetadata": {
            "labels": merged(blueprint.values.common_labels, {PART_OF_LABEL: blueprint.name}),
            "annotations": OmitEmpty(values.pod_annotations),
        },
        "bootstrap": {"initdb": _first_database(postgres)},
        "certificates": when(tls.enabled, {"serverTLSSecret": tls.secret, "serverCASecret": tls.secret}),
        "postgresql": {
            "pg_hba": when(all_of(tls.enabled, tls.required), ["hostnossl all all all reject"]),
            "parameters": _parameters(postgres),
            # Two members have what is acknowledged, and only one that has it can become the primary.
            "synchronous": {
                "method": "any",
                "number": 1,
                "dataDurability": choose(replication.strict, "required", "preferred"),
                "failoverQuorum": True,
            },
        },
        "plugins": plugins(postgres),
        # Reads have a Service of ours. That for writes cannot be left out: members find their primary by it.
        "managed": {"services": {"disabledDefaultServices": ["ro", "r"]}},
        "resources": resources(blueprint, values.resources),
        "storage": {"size": values.storage.size, "storageClass": OmitEmpty(values.storage.storage_class)},
        "ephemeralVolumesSizeLimit": {"shm": values.shared_memory, "temporaryData": values.scratch},
        "affinity": _affinity(values),
        "topologySpreadConstraints": OmitEmpty(spread_constraints(replication.spread, members, taints="Honor")),
        "priorityClassName": OmitEmpty(values.placement.priority_class),
        "startDelay": _START,
        # As with one server: clients are not waited for.
        "smartShutdownTimeout": 0,
        "stopDelay": values.termination_grace_seconds,
        "switchoverDelay": values.termination_grace_seconds,
    }


def _first_database(postgres: Postgres) -> Manifest:
    values = postgres.values
    # What psql makes of it where the image runs it.
    sql = Text(Replaced(expression_of(values.init_sql), ':"user"', operand_of(f'"{values.user}"')), safe=False)
    return {
        "database": values.database,
        "owner": values.user,
        "secret": {"name": postgres.password.secret},
        "postInitApplicationSQL": OmitEmpty(
            [
                each(values.extensions, lambda name: f'CREATE EXTENSION IF NOT EXISTS "{name}" CASCADE'),
                when(filled(values.init_sql), sql),
            ]
        ),
    }


def _parameters(postgres: Postgres) -> Tree:
    values = postgres.values
    limit = Lookup(expression_of(values.resources.limits), "memory", optional=True)
    replication = values.replication
    own = {
        "max_connections": str(values.max_connections),
        "shared_buffers": f"{Text(KilobytesOf(limit, expression_of(values.shared_buffers_percent)))}kB",
        "effective_cache_size": f"{Text(KilobytesOf(limit, 50))}kB",
        "wal_keep_size": in_its_units(replication.wal_keep_size),
        "max_slot_wal_keep_size": in_its_units(replication.max_slot_wal_keep_size),
        "archive_timeout": when(are_backed_up(postgres), f"{values.backup.archive_timeout_seconds}s"),
        "ssl_min_protocol_version": when(values.tls.enabled, values.tls.min_version),
    }
    return merged(values.config, own)


def _affinity(values: PostgresValues) -> Manifest:
    """The placement in the operator's words. How members are spread is said as for all pods."""
    placement = values.placement
    named = {"nodeAffinity": "nodeAffinity", "podAffinity": "additionalPodAffinity", "podAntiAffinity": "additionalPodAntiAffinity"}
    return {
        "enablePodAntiAffinity": False,
        "nodeSelector": OmitEmpty(placement.node_selector),
        "tolerations": OmitEmpty(placement.tolerations),
        **{theirs: _where_given(Lookup(expression_of(placement.affinity), ours, optional=True)) for ours, theirs in named.items()},
    }


def _where_given(found: Lookup) -> Tree:
    return when(Truth(found), Map(found))
