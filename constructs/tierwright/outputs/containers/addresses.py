"""Addresses without Services: where there are none, a program is reached at the port on which it listens."""

from __future__ import annotations

import msgspec

from tierwright.blueprint import Described
from tierwright.components.layout import describe
from tierwright.model.ports import FurtherPort
from tierwright.model.service import Service


def without_services(platform: Described) -> Described:
    """The same platform, in which every port is the one that its program listens on, and so are the addresses made from it."""
    services = platform.platform.catalogue.services
    moved = {name: listening for name, service in services.items() if (listening := _listening(service)) is not service}
    if not moved:
        return platform
    catalogue = msgspec.structs.replace(platform.platform.catalogue, services={**services, **moved})
    there = msgspec.structs.replace(platform.platform, catalogue=catalogue)
    blueprint = describe(there)
    return Described(there, blueprint, blueprint.evaluated())


def _listening(service: Service) -> Service:
    ports = {key: _own(port) for key, port in service.ports.items()}
    if service.target_port in (None, service.port) and ports == service.ports:
        return service
    return msgspec.structs.replace(service, port=service.target_port or service.port, target_port=None, ports=ports)


def _own(port: int | FurtherPort) -> int | FurtherPort:
    if isinstance(port, int) or port.target_port is None:
        return port
    return msgspec.structs.replace(port, port=port.target_port, target_port=None)
