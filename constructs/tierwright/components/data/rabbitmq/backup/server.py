"""Snapshots of RabbitMQ's definitions, which a node tells whoever has the cookie, as it does `rabbitmqctl`."""

from __future__ import annotations

from pathlib import Path

from tierwright.components.data.backups.snapshots import BACKUP, Taking, declare_snapshots, is_on
from tierwright.components.data.rabbitmq.cluster.scripts import PORT_MAPPER
from tierwright.components.data.rabbitmq.cluster.server import BETWEEN_NODES, is_cluster
from tierwright.components.data.rabbitmq.values import Rabbitmq
from tierwright.expressions.tree import Tree, choose, when
from tierwright.kit.metadata import Manifest
from tierwright.kit.network_boundary import from_pods

_SCRIPTS = Path(__file__).with_name("scripts")
_PORTS = (PORT_MAPPER, BETWEEN_NODES)


def from_backup(rabbitmq: Rabbitmq) -> Tree:
    """Ingress to each node from what takes snapshots."""
    return when(is_on(rabbitmq, rabbitmq.values.backup), from_pods([f"{rabbitmq.name}-{BACKUP}"], *_PORTS))


def declare_backup(file: str, rabbitmq: Rabbitmq, *, volume: Manifest, mount: Manifest) -> None:
    """Declare what takes snapshots; `volume` has the cookie, and `mount` is where."""
    told = {
        "HOME": "/tmp",  # noqa: S108 - a volume of the pod
        "NAME": rabbitmq.name,
        "DOMAIN": rabbitmq.domain_of_nodes,
        "MEMBERS": choose(is_cluster(rabbitmq), f"{rabbitmq.values.cluster.members}", "1"),
        "RABBITMQ_USE_LONGNAME": "true",
    }
    taking = Taking(
        scripts=_SCRIPTS,
        env=[{"name": name, "value": value} for name, value in told.items()],
        volumes=[volume],
        mounts=[mount],
        ports=_PORTS,
        has_domain=True,  # Erlang's long names want one
    )
    declare_snapshots(file, rabbitmq, rabbitmq.values.backup, taking)
