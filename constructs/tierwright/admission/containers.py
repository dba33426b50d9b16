"""The most pods that can exist, and the resources of their containers after the LimitRanges have filled in missing ones."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

import msgspec

from tierwright.blueprint import Evaluated
from tierwright.kit.own_autoscalers import most_of
from tierwright.model.quantities import as_bytes, as_cores, quantity

Side = Literal["requests", "limits"]
Object = Mapping[str, Any]

COUNTED = frozenset({"v1", "apps/v1", "batch/v1"})
"""The API versions of kinds that make pods or are not simply counted. Elsewhere, a kind of that name is a different one."""


class Pods(msgspec.Struct, frozen=True, kw_only=True):
    """The pods of a workload: `kind` and `name` are the workload's, `largest` is the most pods at one time."""

    kind: str
    name: str
    labels: Object
    spec: Object
    largest: int

    def containers(self) -> Iterator[Object]:
        """All containers of a pod, init containers included."""
        yield from self.spec.get("initContainers") or ()
        yield from self.spec.get("containers") or ()


class Defaults(msgspec.Struct, frozen=True, kw_only=True):
    """What LimitRanges give containers that set nothing, by resource; https://kubernetes.io/docs/concepts/policy/limit-range/."""

    requests: Mapping[str, str]
    limits: Mapping[str, str]

    def amount(self, container: Object, side: Side, resource: str) -> str | None:
        """The request or limit of a container for a resource, as it is written; None where none is set."""
        own = _own(container, side, resource)
        return getattr(self, side).get(resource) if own is None else own

    def silent(self, pods: Iterable[Pods], side: Side, resource: str, *, given: bool = False) -> str:
        """The first container that does not set a resource; '' where there is none. `given`: nor gets a default."""
        for of in pods:
            for container in of.containers() if of.largest else ():
                said = self.amount(container, side, resource) if given else _own(container, side, resource)
                if said is None:
                    return f"{container['name']} of {of.kind} {of.name}"
        return ""

    def unlimited(self, container: Object, resource: str) -> str | None:
        """The request of a container for a resource without a limit of its own; None where it has a limit, or no request."""
        resources = container.get("resources") or {}
        asked = (resources.get("requests") or {}).get(resource)
        return None if asked is None or resource in (resources.get("limits") or {}) else str(asked)

    def total(self, pods: Pods, side: Side, resource: str) -> Decimal:
        """The amount of a resource that one pod takes: the sum of its containers, or its largest init container if that is more."""

        def amount(container: Object) -> Decimal:
            return quantity(self.amount(container, side, resource) or "0")

        first, beside = Decimal(0), Decimal(0)
        for container in pods.spec.get("initContainers") or ():
            if container.get("restartPolicy") == "Always":  # it goes on beside the others
                beside += amount(container)
                first = max(first, beside)
            else:
                first = max(first, beside + amount(container))
        return max(first, beside + sum(map(amount, pods.spec.get("containers") or ()), Decimal(0)))


def _own(container: Object, side: Side, resource: str) -> str | None:
    resources = container.get("resources") or {}
    own = (resources.get(side) or {}).get(resource)
    if own is None and side == "requests":  # the API server does that before a LimitRange is asked
        own = (resources.get("limits") or {}).get(resource)
    return None if own is None else str(own)


def as_amount(resource: str, amount: Decimal) -> str:
    """An amount of a resource as Kubernetes writes it: cores and devices as numbers, everything else in bytes."""
    return as_cores(amount) if resource == "cpu" or "/" in resource else as_bytes(amount)


def pods_of(objects: Sequence[Evaluated], scaled: Mapping[str, int]) -> Iterator[Pods]:
    """The pods of every workload, at its maximum and in the middle of a rollout.

    `scaled`: how many pods at most a Deployment has whose autoscaler is none of the objects.
    """
    most = {("Deployment", name): number for name, number in scaled.items()}
    most.update(filter(None, map(most_of, objects)))
    for evaluated in objects:
        template = _template_of(evaluated.kind, evaluated.manifest) if evaluated.api_version in COUNTED else None
        if template is not None and template.get("spec") is not None:
            name = str(evaluated.manifest["metadata"]["name"])
            scale = job_of(evaluated.manifest) if evaluated.kind == "CronJob" else evaluated.manifest.get("spec") or {}
            said: list[int] = [scale[key] for key in ("replicas", "parallelism") if scale.get(key) is not None]
            wanted = most.get((evaluated.kind, name), said[0] if said else 1)
            surge = _surge(scale, wanted) if evaluated.kind == "Deployment" else 0
            labels = (template.get("metadata") or {}).get("labels") or {}
            yield Pods(kind=evaluated.kind, name=name, labels=labels, spec=template["spec"], largest=wanted + surge)


def job_of(manifest: Object) -> Object:
    """The specification of the Jobs that a CronJob makes."""
    spec: Object = manifest["spec"]["jobTemplate"].get("spec") or {}
    return spec


def _template_of(kind: str, manifest: Object) -> Object | None:
    """The pod template of an object; a Pod is its own."""
    if kind == "Pod":
        return manifest
    if kind not in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job", "CronJob"):
        return None
    template: Object | None = (job_of(manifest) if kind == "CronJob" else manifest.get("spec") or {}).get("template")
    return template


def _surge(spec: Object, wanted: int) -> int:
    """The number of pods that a rollout adds to the wanted ones."""
    strategy = spec.get("strategy") or {}
    if strategy.get("type") == "Recreate" or wanted == 0:
        return 0
    surge = (strategy.get("rollingUpdate") or {}).get("maxSurge")
    surge = "25%" if surge is None else surge
    if isinstance(surge, int):
        return surge
    return math.ceil(wanted * int(surge[:-1]) / 100) if surge[:-1].isdecimal() else 0
