"""How a service is run, as far as its entry of the catalogue decides that."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from tierwright.model.catalogue import Catalogue
from tierwright.model.service import Service
from tierwright.model.workload_values import ServiceValues

OF_SCHEDULE = (
    "suspend",
    "timeZone",
    "concurrencyPolicy",
    "startingDeadlineSeconds",
    "successfulJobsHistoryLimit",
    "failedJobsHistoryLimit",
)
"""Those values of jobs that are about a schedule."""

_OF_AUTOSCALERS = ("minReplicas", "maxReplicas", "targetCpuPercent", "targetMemoryPercent", "metrics", "behavior")
"""Those values of autoscalers that mean nothing where there is none."""

WorkloadKind = Literal["Deployment", "StatefulSet", "CronJob", "Job"]


def workload_of(service: Service) -> WorkloadKind:
    """The kind of the workload that runs a service."""
    if service.schedule is not None:
        return "CronJob"
    if service.run is not None:
        return "Job"
    return "StatefulSet" if service.storage else "Deployment"


def nature_of(service: Service) -> str:
    """What a service does or has, where that forbids some of what others can have; empty where it is like most."""
    if service.schedule is not None:
        return "runs on a schedule"
    if service.run is not None:
        return "runs once"
    return "is a singleton" if service.singleton else "has storage" if service.storage else ""


def ends(service: Service) -> bool:
    """Whether its pods end by themselves. Then nobody connects to it, and nobody can wait for it."""
    return service.schedule is not None or service.run is not None


def is_ordered(service: Service) -> bool:
    """Whether its pods also wait for what the order of the tiers names.

    A run on a schedule starts years later too, and need not fail because of a service that it does nothing with.
    """
    return service.schedule is None


def can_scale(service: Service) -> bool:
    """Whether an autoscaler may own the number of its pods."""
    return not (ends(service) or service.singleton or service.storage)


def most_pods(service: Service, values: ServiceValues) -> int:
    """The number of its pods at its largest: of one that runs for ever in the middle of a rollout, of one that ends in a run."""
    if ends(service):
        return 1
    return values.largest + (values.rollout.max_surge if can_scale(service) else 0)


Meaningless = tuple[tuple[str, ...], str]
"""The path below `services.NAME` of values that mean nothing for a service, and what it does or has that makes them so."""


def meaningless_values(catalogue: Catalogue, service: Service) -> Iterator[Meaningless]:
    """What nobody can set for a service, as it would have no effect there."""
    if not catalogue.has_scratch(service):
        yield ("scratch",), "has neither a volume at /tmp nor `writable` folders"
    yield from _where_nothing_is_reached(catalogue, service)
    if ends(service):
        yield from _where_pods_end(service)
        return
    yield ("job",), "runs for ever"
    if service.storage:  # Kubernetes names each of its pods
        yield ("pod", "hostname"), "has storage"
        yield ("pod", "subdomain"), "has storage"
    if not can_scale(service):
        yield ("rollout", "maxSurge"), nature_of(service)
        yield ("rollout", "maxUnavailable"), nature_of(service)
        yield from ((("autoscaling", key), nature_of(service)) for key in _OF_AUTOSCALERS)
    if service.singleton:
        yield ("spread",), nature_of(service)
        yield ("disruptionBudget",), nature_of(service)
    yield from _where_nobody_connects(service)
    yield from _where_nobody_asks(service)


def _where_nothing_is_reached(catalogue: Catalogue, service: Service) -> Iterator[Meaningless]:
    """What data services add to the values of their clients."""
    reached = {reach.owner for reach in service.reaches}
    added: dict[str, list[str]] = {}
    for name, part in catalogue.connected().items():
        for key in part.service_values:
            added.setdefault(key, []).append(name)
    for key, names in added.items():
        if reached.isdisjoint(names):
            yield (key,), f"neither needs nor uses {' or '.join(names)}"


def _where_pods_end(service: Service) -> Iterator[Meaningless]:
    for key in ("replicas", "autoscaling", "disruptionBudget", "probes", "rollout", "spread", "service"):
        yield (key,), nature_of(service)
    yield ("shutdown", "preStopSeconds"), nature_of(service)
    if service.schedule is None:
        yield from ((("job", key), nature_of(service)) for key in OF_SCHEDULE)


def _where_nobody_connects(service: Service) -> Iterator[Meaningless]:
    if not service.all_ports:
        # The type of the Service is refused as it is not public.
        for key in ("annotations", "labels", "nodePorts", "spec", "externalTrafficPolicy"):
            yield ("service", key), "has no port"
        yield ("shutdown", "preStopSeconds"), "has no port"


def _where_nobody_asks(service: Service) -> Iterator[Meaningless]:
    kind = service.probe_handler.kind
    if kind == "none":
        yield ("probes",), "has no health that could be asked for"
    elif kind != "http":
        yield ("probes", "readinessPath"), f"has a health by {kind}"
        yield ("probes", "livenessPath"), f"has a health by {kind}"
