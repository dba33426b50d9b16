"""The ports of a workload in its pods and its Service, and which of them each client reaches."""

from __future__ import annotations

from collections.abc import Iterable

from tierwright.blueprint import Blueprint
from tierwright.kit.metadata import Manifest, omit_none
from tierwright.model.ports import ServicePort


def container_ports(ports: Iterable[ServicePort]) -> list[Manifest]:
    """The ports of a container."""
    return [{"name": port.name, "containerPort": port.target_port, "protocol": port.transport} for port in ports]


def service_ports(ports: Iterable[ServicePort]) -> list[Manifest]:
    """The ports of a Service. The pods' ports are referred to by name, so that their numbers may change in a rollout."""
    return [
        omit_none(
            {
                "name": port.name,
                "port": port.port,
                "targetPort": port.name,
                "protocol": port.transport,
                "appProtocol": port.app_protocol,
            }
        )
        for port in ports
    ]


def ports_reached(blueprint: Blueprint, client: str, name: str) -> tuple[ServicePort, ...]:
    """The ports of the service `name` that the service `client` reaches; none of a service without a port."""
    keys = {reach.port for reach in blueprint.service(client).reaches if reach.owner == name}
    return tuple(port for port in blueprint.service(name).all_ports if port.key in keys)
