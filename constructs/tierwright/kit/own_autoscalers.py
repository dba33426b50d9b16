"""Autoscalers of the user's own, in `extraObjects`: no two own one number of pods, nor one and the manifests.

The chart checks the same with `tierwright.outputs.helm.own_autoscalers`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tierwright.blueprint import Evaluated
from tierwright.config.problems import Path, Problem, dotted
from tierwright.kit.cluster_scoped import group_of
from tierwright.kit.extras import placed
from tierwright.model.catalogue import Catalogue
from tierwright.model.platform import Platform
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


TWO = "%s scales %s already; keep one of the two"
MADE = "the platform makes an autoscaler of %s already; set %s.enabled to false and external to true, or remove this one"
WRITTEN = "the platform writes how many pods %s has, so every apply resets it; set %s.external to true"
ONE_POD = "%s runs as one pod, and every apply restores that; remove the autoscaler"
FIXED = "the platform writes how many pods %s has, so every apply resets it; remove the autoscaler"
BOUND = "is %d, but %s.%s is %d; write the same in both"
"""What is wrong, and the way out, for Python and for Go."""


def rivals(platform: Platform) -> Iterator[Problem]:
    """Errors for autoscalers that share a service, that each apply would reset, or whose bounds the values do not repeat."""
    owners: dict[tuple[str, str], str] = {}
    alone = {name for name, values in platform.data_services.items() if values.topology != "external"}
    for at, one in enumerate(placed(platform.values.extra_objects, platform.namespace)):
        bounds = AUTOSCALERS.get((group_of(one["apiVersion"]), one["kind"]))
        spec = one.get("spec")
        if bounds is None or not isinstance(spec, dict) or one["metadata"].get("namespace") != platform.namespace:
            continue
        kind, name = target = _target(spec)
        if target in owners:
            yield _of_target(platform, at, TWO % (owners[target], name))
        elif name in platform.catalogue.services and kind == workload_of(platform.service(name)):
            yield from _of_service(platform, at, name, spec, bounds)
        elif kind == "StatefulSet" and name in alone:
            yield _of_target(platform, at, ONE_POD % name)
        if name:
            owners.setdefault(target, f"extraObjects[{at}]")


def fixed_workloads(catalogue: Catalogue) -> Iterator[str]:
    """Kind and name, as KIND/NAME, of the services that nothing may scale."""
    for name, service in catalogue.services.items():
        if not (can_scale(service) or ends(service)):
            yield f"{workload_of(service)}/{name}"


def most_of(one: Evaluated) -> tuple[tuple[str, str], int] | None:
    """The kind and name of what an object scales, and its maximum of pods; None for an object that scales nothing."""
    bounds, spec = AUTOSCALERS.get((group_of(one.api_version), one.kind)), one.manifest.get("spec")
    if bounds is None or not isinstance(spec, dict):
        return None
    target, most = _target(spec), _number(spec.get(bounds.most), bounds.most_unsaid)
    return None if most is None or not target[1] else (target, most)


def _target(spec: Object) -> tuple[str, str]:
    """Kind and name of what is scaled; no name where it is none of Kubernetes' own workloads."""
    target = spec.get("scaleTargetRef")
    if not isinstance(target, dict) or group_of(str(target.get("apiVersion") or "apps/v1")) != "apps":
        return "", ""
    name = target.get("name")
    return str(target.get("kind") or "Deployment"), name if isinstance(name, str) else ""


def _of_service(platform: Platform, at: int, name: str, spec: Object, bounds: Bounds) -> Iterator[Problem]:
    values = platform.values_of(name)
    scaling, where = values.autoscaling, f"services.{name}.autoscaling"
    if not values.enabled:
        return
    if not can_scale(platform.service(name)):
        yield _of_target(platform, at, FIXED % name)
    elif scaling.enabled:
        yield _of_target(platform, at, MADE % (name, where))
    elif not scaling.external:
        yield _of_target(platform, at, WRITTEN % (name, where))
    else:
        # Nothing is ever scaled to zero for the values, whose least is 1.
        least = _number(spec.get(bounds.least), bounds.least_unsaid)
        most = _number(spec.get(bounds.most), bounds.most_unsaid)
        for key, given, said, ours in (
            (bounds.least, least, "minReplicas", scaling.min_replicas),
            (bounds.most, most, "maxReplicas", scaling.max_replicas),
        ):
            if given is not None and max(given, 1) != ours:
                yield _problem(platform, ("extraObjects", at, "spec", key), BOUND % (given, where, said, ours))


def _number(given: Any, unsaid: int | None) -> int | None:
    if given is None:
        return unsaid
    return int(given) if isinstance(given, (int, float)) and not isinstance(given, bool) else None


def _of_target(platform: Platform, at: int, message: str) -> Problem:
    return _problem(platform, ("extraObjects", at, "spec", "scaleTargetRef"), message)


def _problem(platform: Platform, path: Path, message: str) -> Problem:
    wrong, _, allowed = message.partition("; ")
    return Problem(platform.document.locate(path), dotted(path), wrong, allowed)
