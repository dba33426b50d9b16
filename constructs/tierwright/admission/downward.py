"""What a container can see of its own pod, in a variable or a volume: `fieldRef` and `resourceFieldRef`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Any

from tierwright.admission.field_rules import amount
from tierwright.config.problems import Complaint, Path, written

_OF_POD = ("metadata.name", "metadata.namespace", "metadata.uid")
_OF_VARIABLES = (*_OF_POD, "spec.nodeName", "spec.serviceAccountName", "status.hostIP", "status.podIP")
_OF_VOLUMES = (*_OF_POD, "metadata.labels", "metadata.annotations")
_PLURALS = ("status.hostIPs", "status.podIPs")
_ENTRY = re.compile(r"metadata\.(labels|annotations)\['[^']+'\]")
_AMOUNTS = re.compile(r"(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)")
_LARGEST = 6
"""The power of 1000, or of 1024, of the largest unit: E, Ei."""


def of_field(path: Path, source: Mapping[str, Any], *, volume: bool) -> Iterator[Complaint]:
    """What is wrong with a `fieldRef` at a path."""
    field, known = source["fieldPath"], _OF_VOLUMES if volume else _OF_VARIABLES
    if field not in (known if volume else (*known, *_PLURALS)) and _ENTRY.fullmatch(field) is None:
        allowed = f"allowed: {', '.join(known)}, metadata.labels['KEY'], metadata.annotations['KEY']"
        wrong = f"{written(field)} is no field that a {'volume' if volume else 'variable'} can show"
        yield (*path, "fieldPath"), wrong, allowed


def of_amount(path: Path, source: Mapping[str, Any], containers: Collection[str], *, volume: bool) -> Iterator[Complaint]:
    """What is wrong with a `resourceFieldRef` at a path, in a pod with these containers."""
    container, resource, divisor = source.get("containerName"), source["resource"], source.get("divisor")
    if not container and volume:
        yield (*path, "containerName"), "is missing", "write the service's name"
    elif container and container not in containers:
        allowed = "allowed: the service's name" if volume else "leave it out, or write the service's name"
        yield (*path, "containerName"), f"the pod has no container {written(container)}", allowed
    if _AMOUNTS.fullmatch(resource) is None:
        allowed = "allowed: limits.cpu, limits.memory, limits.ephemeral-storage, requests.cpu, and so on"
        yield (*path, "resource"), f"{written(resource)} is not allowed", allowed
    elif divisor is not None and not _divides(divisor, is_cpu=resource.endswith(".cpu")):
        units = "1 or 1m" if resource.endswith(".cpu") else "1, or 1 with a unit: k, M, G, T, P, E, Ki, Mi, Gi, Ti, Pi, Ei"
        yield (*path, "divisor"), f"{written(divisor)} is not allowed", f"allowed: {units}"


def _divides(divisor: str | float, *, is_cpu: bool) -> bool:
    """Whether a divisor is one unit; 0 means none."""
    number = amount(divisor)
    if is_cpu:
        return number in (0, 1, Decimal("0.001"))
    base = 1024 if str(divisor).endswith("i") else 1000
    return number in (0, *(base**power for power in range(_LARGEST + 1)))
