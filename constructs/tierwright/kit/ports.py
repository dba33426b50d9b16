"""The ports of a workload in its pods and its Service, and which of them each client reaches."""

from __future__ import annotations

from collections.abc import Iterable

from tierwright.blueprint import Blueprint
from tierwright.expressions.conditions import HasKey
from tierwright.expressions.expression import Lookup
from tierwright.expressions.tokens import Number, expression_of
from tierwright.expressions.tree import ABSENT, Tree, when
from tierwright.kit.metadata import Manifest, omit_none
from tierwright.model.ports import ServicePort


def container_ports(ports: Iterable[ServicePort]) -> list[Manifest]:
    """The ports of a container."""
    return [{"name": port.name, "containerPort": port.target_port, "protocol": port.transport} for port in ports]


def service_ports(ports: Iterable[ServicePort], *, node_ports: dict[str, int] | None = None) -> list[Manifest]:
    """The ports of a Service. The pods' ports are referred to by name, so that their numbers may change in a rollout.

    `node_ports` are the ports of nodes that the values name, by the names of the ports.
    """
    return [
        omit_none(
            {
                "name": port.name,
                "port": port.port,
                "targetPort": port.name,
                "nodePort": ABSENT if node_ports is None else _node_port(node_ports, port.name),
                "protocol": port.transport,
                "appProtocol": port.app_protocol,
            }
        )
        for port in ports
    ]


def _node_port(node_ports: dict[str, int], name: str) -> Tree:
    named = expression_of(node_ports)
    return when(HasKey(named, name), Number(Lookup(named, name)))


def ports_reached(blueprint: Blueprint, client: str, name: str) -> tuple[ServicePort, ...]:
    """The ports of the service `name` that the service `client` reaches; none of a service without a port."""
    keys = {reach.port for reach in blueprint.service(client).reaches if reach.owner == name}
    return tuple(port for port in blueprint.service(name).all_ports if port.key in keys)
