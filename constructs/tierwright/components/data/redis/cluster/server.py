"""The nodes of a cluster."""

from __future__ import annotations

from pathlib import Path

from tierwright.components.data.redis.members import CONFIG, addresses, is_chosen, of_both_forms, variables, with_members
from tierwright.components.data.redis.values import Redis
from tierwright.expressions.conditions import Condition
from tierwright.expressions.tree import Lines, Tree, when
from tierwright.kit.data_service import shell_probe
from tierwright.kit.stateful_server import Port, StatefulServer

BUS_PORT = 16379
"""Where a node listens to the others. Redis asks nobody for a password there."""

MEMBERS = 6
"""Three primaries, the fewest that can elect, with a replica each."""


def is_cluster(redis: Redis) -> Condition:
    """Whether it is a cluster."""
    return is_chosen(redis, "cluster")


def addresses_of_nodes(redis: Redis) -> str:
    """HOST:PORT of each node, with commas between."""
    return addresses(redis, redis.port, members=MEMBERS)


def formation(redis: Redis) -> Tree:
    """The lines of redis.conf that nodes have."""
    return when(
        is_cluster(redis),
        Lines(
            (
                "cluster-enabled yes",
                "cluster-config-file nodes.conf",
                f"cluster-port {BUS_PORT}",
                "cluster-node-timeout 5000",
                "cluster-preferred-endpoint-type hostname",
                # While a primary is lost, the others serve their parts of the keys.
                "cluster-require-full-coverage no",
                "repl-diskless-sync-delay 0",
            )
        ),
    )


def with_nodes(single: StatefulServer, redis: Redis) -> StatefulServer:
    """The description of the single server, made that of both forms."""
    present, (container,) = is_cluster(redis), single.containers
    env: list[Tree] = [
        {"name": "POD_IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        *variables(redis, members=MEMBERS),
        {"name": "BUS_PORT", "value": str(BUS_PORT)},
    ]
    probes = {
        "startup_probe": shell_probe(f"sh {CONFIG}/join.sh", period=2, failures=900, timeout=30),
        "readiness_probe": shell_probe(f"sh {CONFIG}/ready.sh", period=5, failures=3),
    }
    return with_members(
        single,
        of_both_forms(container, present=present, env=env, probes=probes),
        redis,
        present=present,
        members=MEMBERS,
        between=Port("bus", BUS_PORT, present=present),
        scripts=Path(__file__).with_name("scripts"),
    )
