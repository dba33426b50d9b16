"""The server with several nodes."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from tierwright.components.data.rabbitmq.cluster.scripts import PORT_MAPPER, leave, lives, prepare, whole
from tierwright.components.data.rabbitmq.values import MOST_MEMBERS, Rabbitmq
from tierwright.expressions.conditions import Condition
from tierwright.expressions.tree import Lines, Tree, when
from tierwright.kit.data_service import as_lines, shell_probe, tcp_probe
from tierwright.kit.metadata import Manifest
from tierwright.kit.stateful_server import Apart, Budget, Container, Peers, Port, StatefulServer

BETWEEN_NODES = 25672
"""Where a node listens to the others."""

TOOLS = (35672, 35673, 35674, 35675)
"""Where `rabbitmqctl` listens to the nodes that it asks, one port for each that runs in a pod at the same time."""


def with_nodes(single: StatefulServer, rabbitmq: Rabbitmq, *, domain: str) -> StatefulServer:
    """The description of the server with one node, made that of both forms; `domain` is that of the nodes' names."""
    cluster = is_cluster(rabbitmq)
    (container,), values = single.containers, rabbitmq.values
    between = (Port("epmd", PORT_MAPPER, present=cluster), Port("distribution", BETWEEN_NODES, present=cluster))
    return msgspec.structs.replace(
        single,
        containers=(_node(container, rabbitmq, between, domain=domain),),
        peers=Peers(ports=between, tools=TOOLS, present=cluster),
        replicas=when(cluster, values.cluster.members, 1),
        budget=Budget(present=cluster),
        apart=Apart(spread=values.cluster.spread, present=cluster),
    )


def is_cluster(rabbitmq: Rabbitmq) -> Condition:
    """Whether it has several nodes."""
    return rabbitmq.has_topology("cluster")


def formation(rabbitmq: Rabbitmq, domain: str) -> Tree:
    """The lines of rabbitmq.conf that make nodes a cluster; `domain` is that of their names."""
    return when(is_cluster(rabbitmq), Lines(tuple(_formation(rabbitmq, domain))))


def _formation(rabbitmq: Rabbitmq, domain: str) -> Iterator[Tree]:
    yield from named_nodes(rabbitmq, name=rabbitmq.name, domain=domain)
    # Those of a minority stop until they are in the majority again: else both sides would go on, and one would lose what it took.
    yield "cluster_partition_handling = pause_minority"


def named_nodes(rabbitmq: Rabbitmq, *, name: str, domain: str) -> Iterator[Tree]:
    """The lines of rabbitmq.conf that name all nodes: the hosts `name`-0, `name`-1 and so on in `domain`."""
    members = rabbitmq.values.cluster.members
    # All are named here. Nodes that ask the API server who there is take all others for lost when it is.
    yield "cluster_formation.peer_discovery_backend = classic_config"
    for number in range(MOST_MEMBERS):
        line = f"cluster_formation.classic_config.nodes.{number + 1} = rabbit@{name}-{number}.{domain}"
        yield line if number == 0 else when(members > number, line)


def ports_of_tools() -> list[Manifest]:
    """The variables by which programs beside the server listen on TOOLS."""
    return [
        {"name": "RABBITMQ_CTL_DIST_PORT_MIN", "value": str(min(TOOLS))},
        {"name": "RABBITMQ_CTL_DIST_PORT_MAX", "value": str(max(TOOLS))},
    ]


def liveness() -> Manifest:
    """The probe that ends a node whose broker has stopped. It starts an Erlang machine of its own, so it comes seldom."""
    return shell_probe(lives(), period=60, failures=5, timeout=30)


def preparation(rabbitmq: Rabbitmq, *, home: str) -> Tree:
    """The lines of the start of a node that come before the server itself; its data is below the folder `home`."""
    return when(is_cluster(rabbitmq), as_lines(prepare(home=home)))


def _node(single: Container, rabbitmq: Rabbitmq, between: tuple[Port, ...], *, domain: str) -> Container:
    """The container of both forms."""
    cluster, port, (data,) = is_cluster(rabbitmq), rabbitmq.port, single.claims
    env = [
        {"name": "MEMBERS", "value": f"{rabbitmq.values.cluster.members}"},
        {"name": "NODES", "value": domain},
        *ports_of_tools(),
    ]
    return msgspec.structs.replace(
        single,
        ports=(*single.ports, *between),
        env=[*single.env, when(cluster, env)],
        startup_probe=when(
            cluster, shell_probe(whole(port, home=data.path), period=2, failures=900, timeout=30), single.startup_probe
        ),
        # A node that pauses closes its port. Others take its clients, as soon as it is seen.
        readiness_probe=when(cluster, tcp_probe(port, period=2, failures=2), single.readiness_probe),
        liveness_probe=when(cluster, liveness(), single.liveness_probe),
        pre_stop=when(cluster, {"exec": {"command": ["sh", "-c", leave()]}}),
    )
