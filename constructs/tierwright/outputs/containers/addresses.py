"""Addresses without Services: where there are none, a program is reached at the port on which it listens."""

from __future__ import annotations

import msgspec

from tierwright.blueprint import Described
from tierwright.components.layout import describe
from tierwright.model.ports import FurtherPort
from tierwright.model.service import Service
from tierwright.model.workload_values import ServiceValues


def without_services(platform: Described) -> Described:
    """The same platform, in which every port is the one that its program listens on, and every host a workload."""
    there = platform.platform
    services = {name: _listening(service) for name, service in there.catalogue.services.items()}
    values = {name: _reached_inside(own) for name, own in there.values.services.items()}
    if services == there.catalogue.services and values == there.values.services:
        return platform
    catalogue = msgspec.structs.replace(there.catalogue, services=services)
    moved = msgspec.structs.replace(there, catalogue=catalogue, values=msgspec.structs.replace(there.values, services=values))
    blueprint = describe(moved)
    return Described(moved, blueprint, blueprint.evaluated())


def _reached_inside(values: ServiceValues) -> ServiceValues:
    """For clients outside a Service can be another one than that of its further ports, which then has another name."""
    if values.service.type == "ClusterIP":
        return values
    return msgspec.structs.replace(values, service=msgspec.structs.replace(values.service, type="ClusterIP"))


def _listening(service: Service) -> Service:
    ports = {key: _own(port) for key, port in service.ports.items()}
    if service.target_port in (None, service.port) and ports == service.ports:
        return service
    return msgspec.structs.replace(service, port=service.target_port or service.port, target_port=None, ports=ports)


def _own(port: int | FurtherPort) -> int | FurtherPort:
    if isinstance(port, int) or port.target_port is None:
        return port
    return msgspec.structs.replace(port, port=port.target_port, target_port=None)
