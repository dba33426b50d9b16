"""How a service is run, as far as its entry of the catalogue decides that."""

from __future__ import annotations

from tierwright.model.catalogue import Service
from tierwright.model.workload_values import ServiceValues


def can_scale(service: Service) -> bool:
    """Whether an autoscaler may own the number of its pods."""
    return not service.singleton


def most_pods(service: Service, values: ServiceValues) -> int:
    """The number of its pods at its largest, in the middle of a rollout."""
    return values.largest + (0 if service.singleton else values.rollout.max_surge)
