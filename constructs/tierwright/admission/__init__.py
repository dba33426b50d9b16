"""What the API server would refuse of the objects, reported before anything is written.

It looks at the objects themselves, so whatever a construct adds to them is counted too. Templates cannot do any of it, clashes of
names apart: the chart leaves these rules to the program, and to the cluster.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence

from tierwright.admission.containers import pods_of
from tierwright.admission.field_rules import below
from tierwright.admission.limit_range import LimitRangeRules, defaults_of, ranges_of
from tierwright.admission.measured import unmeasured
from tierwright.admission.operated import operated_of
from tierwright.admission.quota import quotas_of
from tierwright.admission.service_pieces import of_other_spreads, of_services
from tierwright.admission.sizes import too_large
from tierwright.blueprint import Blueprint, Evaluated
from tierwright.components.extra_objects import position
from tierwright.components.rules import RULES_BY_OBJECTS
from tierwright.config.problems import Complaint, Problem, dotted
from tierwright.kit.broken_rules import broken
from tierwright.kit.served import unserved
from tierwright.model.platform import Platform

__all__ = ["ALONE", "refused"]

ALONE = (
    "quotas and limit ranges in which the pods have no room",
    "containers that ask for nothing of what the autoscaler of their pods measures by",
    "disruption budgets over pods that have one already",
    "variables, volumes, containers, other pieces of pods and Services, and objects of your own that the API server does not take",
    "objects that are too large for the API server",
)
"""What is refused here and templates cannot find, clashes of names and autoscalers apart; for the README of the chart."""


_COUNTED = frozenset({"initContainers", "sidecars", "extraVolumes", "metrics"})
"""The pieces of services that have amounts in them."""


def refused(platform: Platform, blueprint: Blueprint, objects: Sequence[Evaluated]) -> Iterator[Problem]:
    """What the API server would refuse of the objects of a platform's manifests."""
    yield from broken(RULES_BY_OBJECTS, platform.document, platform, blueprint)
    document = platform.document
    pieces = list(of_services(platform, objects))
    complaints = [*_of_objects(platform), *pieces, *of_other_spreads(platform)]
    unsound = {path[1] for path, _, _ in complaints if path[0] == "extraObjects"}
    sound = [evaluated for evaluated in objects if position(evaluated) is None or not _is_unsound(evaluated, unsound)]
    complaints += too_large(platform, sound)
    if not any(_COUNTED.intersection(path) for path, _, _ in pieces):  # or amounts may be none
        complaints += _of_namespace(platform, sound)
    for path, wrong, allowed in complaints:
        yield Problem(document.locate(path), dotted(path), wrong, allowed, path, alone=True)


def _is_unsound(evaluated: Evaluated, found: Container[object]) -> bool:
    """Whether nothing is said of an object of the user's: of a version that is not served, nobody knows the fields."""
    return position(evaluated) in found or unserved(evaluated.api_version, evaluated.kind) is not None


def _of_objects(platform: Platform) -> Iterator[Complaint]:
    if platform.values.extra_objects:
        from tierwright.admission.objects import of_object

        for index, manifest in enumerate(platform.values.extra_objects):
            if unserved(manifest["apiVersion"], manifest["kind"]) is None:
                yield from below(("extraObjects", index), of_object(manifest, platform.namespace))


def _of_namespace(platform: Platform, objects: Sequence[Evaluated]) -> Iterator[Complaint]:
    """LimitRanges, quotas, autoscalers and budgets of the namespace, the platform's and the user's, against everything in it."""
    inside = [evaluated for evaluated in objects if evaluated.manifest["metadata"].get("namespace") == platform.namespace]
    ranges = list(ranges_of(inside))
    defaults = defaults_of(ranges)
    pods = list(pods_of(inside, _scaled_by_others(platform)))
    operated = list(operated_of(inside, platform.catalogue))
    yield from LimitRangeRules(ranges, defaults).complaints(inside, pods, operated)
    for rules in quotas_of(inside, defaults):
        yield from rules.complaints(inside, pods, operated)
    yield from unmeasured(platform, inside, pods, defaults)
    if platform.values.extra_objects:
        from tierwright.admission.budgets import shared_pods

        yield from shared_pods(inside, pods, operated)


def _scaled_by_others(platform: Platform) -> dict[str, int]:
    """The most pods of a service, also where its autoscaler is not among the objects."""
    services = {name: platform.values_of(name) for name in platform.catalogue.services}
    return {name: values.largest for name, values in services.items() if values.autoscaling.external}
