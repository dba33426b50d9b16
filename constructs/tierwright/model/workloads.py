"""How a service is run, as far as its entry of the catalogue decides that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from tierwright.model.catalogue import Service
from tierwright.model.workload_values import ServiceValues

WorkloadKind = Literal["Deployment", "StatefulSet"]


def workload_of(service: Service) -> WorkloadKind:
    """The kind of the workload that runs a service."""
    return "StatefulSet" if service.storage else "Deployment"


def nature_of(service: Service) -> str:
    """What a service is, where that forbids some of the values that others can have; empty where it is like most."""
    return "is a singleton" if service.singleton else "has storage" if service.storage else ""


def can_scale(service: Service) -> bool:
    """Whether an autoscaler may own the number of its pods."""
    return not (service.singleton or service.storage)


def most_pods(service: Service, values: ServiceValues) -> int:
    """The number of its pods at its largest, in the middle of a rollout."""
    return values.largest + (values.rollout.max_surge if can_scale(service) else 0)


def meaningless_values(service: Service) -> Iterator[tuple[str, ...]]:
    """The paths below `services.NAME` of values that mean nothing for it, so that nobody can set them."""
    if not can_scale(service):
        yield from (("rollout", key) for key in ("maxSurge", "maxUnavailable"))
    if service.singleton:
        yield from (("spread",), ("disruptionBudget",))
