"""What the API server would refuse of the objects, reported before anything is written.

It looks at the objects themselves, so whatever a construct adds to them is counted too. Templates cannot do any of it, clashes of
names apart: the chart leaves these rules to the program, and to the cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from tierwright.admission.containers import pods_of
from tierwright.admission.limit_range import LimitRangeRules, defaults_of, ranges_of
from tierwright.admission.quota import quotas_of
from tierwright.admission.sizes import too_large
from tierwright.blueprint import Blueprint, Evaluated
from tierwright.components.extra_objects import position
from tierwright.components.rules import RULES_BY_OBJECTS
from tierwright.config.documents import YamlNode
from tierwright.config.problems import Complaint, Path, Problem, dotted
from tierwright.kit.broken_rules import broken
from tierwright.kit.pods import template_in
from tierwright.kit.served import unserved
from tierwright.model.platform import Platform
from tierwright.model.workload_values import ServiceValues

__all__ = ["ALONE", "refused"]

ALONE = (
    "quotas and limit ranges in which the pods have no room",
    "volumes, mounts, variables and objects of your own that the API server does not take",
    "objects that are too large for the API server",
)
"""What is refused here and templates cannot find, clashes of names and autoscalers apart; for the README of the chart."""


def refused(platform: Platform, blueprint: Blueprint, objects: Sequence[Evaluated]) -> Iterator[Problem]:
    """What the API server would refuse of the objects of a platform's manifests."""
    yield from broken(RULES_BY_OBJECTS, platform.document, platform, blueprint)
    document = platform.document
    complaints = [*_of_objects(platform), *_of_pieces(platform, document, objects)]
    unsound = {path[1] for path, _, _ in complaints if path[0] == "extraObjects"}
    sound = [one for one in objects if position(one) is None or position(one) not in unsound]
    complaints += [*too_large(platform, sound), *_of_namespace(platform, sound)]
    for path, wrong, allowed in complaints:
        yield Problem(document.locate(path), dotted(path), wrong, allowed, path, alone=True)


def _of_objects(platform: Platform) -> Iterator[Complaint]:
    if platform.values.extra_objects:
        from tierwright.admission.objects import of_object

        for at, one in enumerate(platform.values.extra_objects):
            if unserved(one["apiVersion"], one["kind"]) is None:
                yield from _below(("extraObjects", at), of_object(one))


def _of_pieces(platform: Platform, document: YamlNode, objects: Sequence[Evaluated]) -> Iterator[Complaint]:
    """The variables, volumes and mounts that users add to services."""
    given = {name: _pieces_of(values) for name, values in platform.values.services.items()}
    if not any(any(lists.values()) for lists in given.values()):
        return
    from tierwright.admission import pieces

    own = ((one.manifest["metadata"]["name"], _containers(one)) for one in objects if position(one) is None)
    containers = {name: names for name, names in own if names}
    for name in given.keys() & containers.keys():
        judges: dict[str, Callable[[Any], Iterator[Complaint]]] = {
            "extraEnv": partial(pieces.of_variable, containers=containers[name]),
            "extraVolumes": partial(pieces.of_volume, containers=containers[name]),
            "extraVolumeMounts": pieces.of_mount,
        }
        for key, entries in given[name].items():
            path: Path = ("services", name, key) if document.has(("services", name, key)) else ("defaults", key)
            for at, entry in enumerate(entries):
                yield from _below((*path, at), judges[key](entry))


def _pieces_of(values: ServiceValues) -> dict[str, list[Any]]:
    return {
        "extraEnv": values.extra_env,
        "extraVolumes": values.extra_volumes,
        "extraVolumeMounts": values.extra_volume_mounts,
    }


def _containers(workload: Evaluated) -> list[str]:
    """The names of all containers of an object's pods; empty where it has none."""
    pod = (template_in(workload.manifest) or {}).get("spec", {})
    return [one["name"] for key in ("containers", "initContainers") for one in pod.get(key) or ()]


def _of_namespace(platform: Platform, objects: Sequence[Evaluated]) -> Iterator[Complaint]:
    """The LimitRanges and ResourceQuotas of the namespace, the platform's and the user's, against everything in it."""
    inside = [one for one in objects if one.manifest["metadata"].get("namespace") == platform.namespace]
    ranges = list(ranges_of(inside))
    defaults = defaults_of(ranges)
    pods = list(pods_of(inside, _scaled_by_others(platform)))
    yield from LimitRangeRules(ranges, defaults).complaints(inside, pods)
    for rules in quotas_of(inside, defaults):
        yield from rules.complaints(inside, pods)


def _scaled_by_others(platform: Platform) -> dict[str, int]:
    """The most pods of a service, also where its autoscaler is not among the objects."""
    services = {name: platform.values_of(name) for name in platform.catalogue.services}
    return {name: values.largest for name, values in services.items() if values.autoscaling.external}


def _below(path: Path, complaints: Iterator[Complaint]) -> Iterator[Complaint]:
    for below, wrong, allowed in complaints:
        yield (*path, *below), wrong, allowed
