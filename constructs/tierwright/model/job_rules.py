"""What a service that ends by itself cannot have: its pods serve nobody. Each rule is small: an unsound value ends it."""

from __future__ import annotations

from collections.abc import Iterator

from tierwright.config.problems import Complaint
from tierwright.model.schedule import LONGEST_NAME, fault_or_never
from tierwright.model.service import Service
from tierwright.model.workloads import nature_of


def _schedule(_name: str, service: Service) -> Iterator[Complaint]:
    if service.schedule is not None and (wrong := fault_or_never(service.schedule)):
        yield ("schedule",), *wrong


def _both(name: str, service: Service) -> Iterator[Complaint]:
    if service.schedule is not None and service.run is not None:
        yield ("run",), f"{name} {nature_of(service)}, and not once", "keep one of the two"


def _name(name: str, service: Service) -> Iterator[Complaint]:
    if service.schedule is not None and len(name) > LONGEST_NAME:
        yield (), f"a service with a schedule has a name of at most {LONGEST_NAME} characters", "choose a shorter name"


def _clients(name: str, service: Service) -> Iterator[Complaint]:
    """Nothing that is about those who connect to a service."""
    said = {
        "port": service.port,
        "targetPort": service.target_port,
        "protocol": service.protocol,
        "ports": service.ports,
        "urlVariable": service.url_variable,
        "metrics": service.metrics,
        "public": service.public,
        "optional": service.optional,
    }
    for key, value in said.items():
        if value:
            yield (key,), f"{name} {nature_of(service)}, so nobody connects to it", "remove it"


def _health(name: str, service: Service) -> Iterator[Complaint]:
    if service.health is not None:
        yield ("health",), f"{name} {nature_of(service)}: that it ends well is its health", "remove it"


def _singleton(name: str, service: Service) -> Iterator[Complaint]:
    if service.singleton:
        yield ("singleton",), f"{name} {nature_of(service)}, in one pod at a time", "remove it"


def _storage(name: str, service: Service) -> Iterator[Complaint]:
    if service.storage:
        wrong = f"{name} {nature_of(service)}, and each run has pods of its own"
        yield ("storage",), wrong, "give it to a service that runs for ever, and mount it here with `volumes`"


JOB_RULES = (_schedule, _both, _name, _clients, _health, _singleton, _storage)
"""The rules: each gives what is wrong, by the path below the entry of the service."""
