"""Autoscalers of the user's own, in `extraObjects`: which kinds there are, what they scale, and between which bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tierwright.blueprint import Evaluated
from tierwright.kit.cluster_scoped import group_of
from tierwright.model.catalogue import Catalogue
from tierwright.model.workloads import can_scale, ends, workload_of

Object = Mapping[str, Any]


class Bounds(msgspec.Struct, frozen=True):
    """The names of a kind of autoscaler for its bounds, and their defaults; None where it must set them."""

    least: str
    most: str
    least_unsaid: int
    most_unsaid: int | None


AUTOSCALERS = {
    ("autoscaling", "HorizontalPodAutoscaler"): Bounds("minReplicas", "maxReplicas", 1, None),
    ("keda.sh", "ScaledObject"): Bounds("minReplicaCount", "maxReplicaCount", 0, 100),
}
"""The kinds that scale, by group; https://keda.sh/docs/2.18/reference/scaledobject-spec/."""


def fixed_workloads(catalogue: Catalogue) -> Iterator[str]:
    """Kind and name, as KIND/NAME, of the services that nothing may scale."""
    for name, service in catalogue.services.items():
        if not (can_scale(service) or ends(service)):
            yield f"{workload_of(service)}/{name}"


def most_of(evaluated: Evaluated) -> tuple[tuple[str, str], int] | None:
    """The kind and name of what an object scales, and its maximum of pods; None for an object that scales nothing."""
    bounds, spec = AUTOSCALERS.get((group_of(evaluated.api_version), evaluated.kind)), evaluated.manifest.get("spec")
    if bounds is None or not isinstance(spec, dict):
        return None
    target, most = target_of(spec), number_of(spec.get(bounds.most), bounds.most_unsaid)
    return None if most is None or not target[1] else (target, most)


def target_of(spec: Object) -> tuple[str, str]:
    """Kind and name of what is scaled; no name where it is none of Kubernetes' own workloads."""
    target = spec.get("scaleTargetRef")
    if not isinstance(target, dict) or group_of(str(target.get("apiVersion") or "apps/v1")) != "apps":
        return "", ""
    name = target.get("name")
    return str(target.get("kind") or "Deployment"), name if isinstance(name, str) else ""


def number_of(given: Any, unsaid: int | None) -> int | None:
    """A bound as it is given, or what it is where nothing is said; None where it is no number."""
    if given is None:
        return unsaid
    return int(given) if isinstance(given, (int, float)) and not isinstance(given, bool) else None
