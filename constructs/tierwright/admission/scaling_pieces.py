"""What the API server refuses of the metrics and the behavior of an autoscaler, and of constraints on how pods are spread.

https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/apis/autoscaling/validation/validation.go, and that of pods.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tierwright.admission.container_rules import is_resource
from tierwright.admission.field_rules import EACH, FieldRule, amount, below, broken, matching, one_of, places
from tierwright.admission.kubernetes import refusals
from tierwright.admission.selectors import of_selectors
from tierwright.config.problems import Complaint, Path, shown, written
from tierwright.model import names

Object = Mapping[str, Any]

_SOURCES = {
    "Resource": "resource",
    "ContainerResource": "containerResource",
    "Pods": "pods",
    "Object": "object",
    "External": "external",
}
_OF_CONTAINERS, _OF_OTHERS = ("Utilization", "AverageValue"), ("Value", "AverageValue")
_TARGETS_OF = {
    "Resource": _OF_CONTAINERS,
    "ContainerResource": _OF_CONTAINERS,
    "Pods": ("AverageValue",),
    "Object": _OF_OTHERS,
    "External": _OF_OTHERS,
}
_TARGETS = {"Utilization": "averageUtilization", "AverageValue": "averageValue", "Value": "value"}
_LONGEST_PERIOD, _LONGEST_WINDOW = 1800, 3600
_SIDES = ("scaleUp", "scaleDown")
_PERIOD = FieldRule(
    (), "periodSeconds", lambda period: 0 < period <= _LONGEST_PERIOD, f"a whole number from 1 to {_LONGEST_PERIOD}"
)
_WINDOW = FieldRule(
    (), "stabilizationWindowSeconds", lambda window: 0 <= window <= _LONGEST_WINDOW, f"a whole number from 0 to {_LONGEST_WINDOW}"
)
_OF_POLICY = (
    one_of((), "type", ("Pods", "Percent"), needed=True),
    FieldRule((), "value", lambda value: value > 0, "a whole number from 1"),
    _PERIOD,
)
_OF_SIDE = (
    one_of((), "selectPolicy", ("Max", "Min", "Disabled")),
    _WINDOW,
    FieldRule((), "tolerance", lambda tolerance: (amount(tolerance) or 0) >= 0, "a quantity of at least 0"),
)

_SEGMENT = re.compile(r"(?!\.\.?\Z)[^/%]+")
_IN_PATHS = "a text without / and %"


def _in_paths(*where: str, field: str) -> FieldRule:
    """The rule of what becomes a part of a URL."""
    return FieldRule(where, field, lambda text: _SEGMENT.fullmatch(text) is not None, _IN_PATHS, needed=True)


_OF_METRIC = (
    *(_in_paths(source, "metric", field="name") for source in ("pods", "object", "external")),
    *(_in_paths("object", "describedObject", field=field) for field in ("kind", "name")),
    FieldRule(("resource",), "name", bool, "", needed=True),
    FieldRule(("containerResource",), "name", is_resource, "cpu, memory, or another resource of containers", needed=True),
    matching(("containerResource",), "container", names.NAMESPACE_NAME, needed=True),
)

_OF_AUTOSCALER = (
    *(FieldRule((), key, lambda number: number > 0, "a whole number from 1") for key in ("minReplicas", "maxReplicas")),
    *(_in_paths("scaleTargetRef", field=field) for field in ("kind", "name")),
)

_HONOR = ("Honor", "Ignore")
_OF_CONSTRAINT = (
    FieldRule((), "maxSkew", lambda skew: skew > 0, "a whole number from 1"),
    matching((), "topologyKey", names.LABEL_NAME, needed=True),
    one_of((), "whenUnsatisfiable", ("DoNotSchedule", "ScheduleAnyway"), needed=True),
    FieldRule((), "labelSelector", bool, "a selector with matchLabels or matchExpressions", needed=True),
    FieldRule((), "minDomains", lambda domains: domains > 0, "a whole number from 1"),
    one_of((), "nodeAffinityPolicy", _HONOR),
    one_of((), "nodeTaintsPolicy", _HONOR),
)
OURS = (("kubernetes.io/hostname", "nodes"), ("topology.kubernetes.io/zone", "zones"))
"""The keys of the constraints that every workload has, and what they are called in the values' `spread`."""


def of_metric(metric: Any) -> Iterator[Complaint]:
    """An entry of `autoscaling.metrics`."""
    wrong = list(refusals(metric, "MetricSpec", "autoscaling/v2"))
    yield from wrong or _of_metric(metric)


def _of_metric(metric: Object) -> Iterator[Complaint]:
    kind = metric["type"]
    if kind not in _SOURCES:
        yield ("type",), f"{written(kind)} is not allowed", f"allowed: {', '.join(_SOURCES)}"
        return
    for other, source in _SOURCES.items():
        if other != kind and metric.get(source) is not None:
            yield (source,), f"is beside the type {kind}", "make it an entry of its own"
    source = _SOURCES[kind]
    if metric.get(source) is None:
        yield (source,), "is missing", "add it"
        return
    yield from broken(metric, _OF_METRIC)
    for path, target in places(metric, (source, "target")):
        yield from _of_target(path, target, kind)


def _of_target(path: Path, target: Object, source: str) -> Iterator[Complaint]:
    kind, kinds = target["type"], _TARGETS_OF[source]
    if kind not in kinds:
        yield (*path, "type"), f"{written(kind)} is not allowed", f"allowed: {', '.join(kinds)}"
        return
    wanted = target.get(_TARGETS[kind])
    if wanted is None:
        yield (*path, _TARGETS[kind]), "is missing", "add it"
    for other, key in _TARGETS.items():
        value = target.get(key)
        if value is not None and (amount(value) or 0) <= 0:
            yield (*path, key), f"{written(value)} is not allowed", "allowed: an amount above 0"
        elif value is not None and other in kinds and other != kind and source != "Object":
            yield (*path, key), f"is beside the type {kind}", "remove it, or change the type"


def of_behavior(behavior: Any) -> Iterator[Complaint]:
    """`autoscaling.behavior`."""
    wrong = list(refusals(behavior, "HorizontalPodAutoscalerBehavior", "autoscaling/v2"))
    yield from wrong
    for side in _SIDES if not wrong else ():
        for path, scaling in places(behavior, (side,)):
            yield from below(path, broken(scaling, _OF_SIDE))
            if scaling.get("policies") == []:
                yield (*path, "policies"), "is empty", "name one, or remove it"
        for path, policy in places(behavior, (side, "policies", EACH)):
            yield from below(path, broken(policy, _OF_POLICY))


def of_autoscaler(autoscaler: Object) -> Iterator[Complaint]:
    """A HorizontalPodAutoscaler."""
    spec = autoscaler.get("spec")
    if not spec:
        yield ("spec",), "is missing", "add it"
        return
    yield from below(("spec",), broken(spec, _OF_AUTOSCALER))
    least, most = spec.get("minReplicas") or 1, spec.get("maxReplicas") or 0
    if 0 < most < least:
        yield ("spec", "minReplicas"), f"{least} is more than maxReplicas, {most}", "lower the one, or raise the other"
    for index, metric in enumerate(spec.get("metrics") or ()):
        yield from below(("spec", "metrics", index), _of_metric(metric))
    yield from below(("spec", "behavior"), of_behavior(spec.get("behavior") or {}))


def of_constraint(constraint: Any) -> Iterator[Complaint]:
    """An entry of `spread.constraints`."""
    wrong = list(refusals(constraint, "TopologySpreadConstraint"))
    yield from wrong or broken(constraint, _OF_CONSTRAINT)
    if wrong:
        return
    for key, name in OURS:
        if constraint["topologyKey"] == key:
            yield ("topologyKey",), f"every service is spread by {key} already", f"set spread.{name}, or choose another key"
    if constraint.get("minDomains") is not None and constraint["whenUnsatisfiable"] == "ScheduleAnyway":
        yield ("minDomains",), "is for DoNotSchedule alone", "remove it, or set whenUnsatisfiable: DoNotSchedule"
    yield from of_selectors(constraint)
    selector = constraint.get("labelSelector") or {}
    selected = {*(selector.get("matchLabels") or ()), *(one["key"] for one in selector.get("matchExpressions") or ())}
    for index, key in enumerate(constraint.get("matchLabelKeys") or ()):
        if re.match(names.LABEL_NAME, key) is None:
            yield ("matchLabelKeys", index), f"{written(key)} is not allowed", f"allowed: {names.IN_WORDS[names.LABEL_NAME]}"
        elif key in selected:
            yield ("matchLabelKeys", index), f"{shown(key)} is in the labelSelector too", "keep one of the two"


def of_constraints(constraints: Sequence[Object]) -> Iterator[Complaint]:
    """All constraints of a pod: each one, and those that come twice."""
    for index, constraint in enumerate(constraints):
        yield from below((index,), of_constraint(constraint))
    sorts = [(one.get("topologyKey"), one.get("whenUnsatisfiable")) for one in constraints]
    for index, (key, otherwise) in enumerate(sorts):
        if key and (key, otherwise) in sorts[:index]:
            wrong = f"{written(key)} has a constraint with {shown(str(otherwise))} already"
            yield (index, "topologyKey"), wrong, "keep one of the two"
