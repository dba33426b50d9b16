"""What the API server refuses of the metrics and the behavior of an autoscaler, and of constraints on how pods are spread.

https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/apis/autoscaling/validation/validation.go, and that of pods.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tierwright.admission.field_rules import EACH, FieldRule, amount, below, broken, matching, one_of, places
from tierwright.admission.kubernetes import refusals
from tierwright.config.problems import Complaint, Path, written
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
_OF_SIDE = (one_of((), "selectPolicy", ("Max", "Min", "Disabled")), _WINDOW)

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
    for path, target in places(metric, (source, "target")):
        yield from _of_target(path, target, _TARGETS_OF[kind])
    for path, named in places(metric, (source, "metric")):
        if not named["name"]:
            yield (*path, "name"), "is missing", "add it"


def _of_target(path: Path, target: Object, kinds: Sequence[str]) -> Iterator[Complaint]:
    kind = target["type"]
    if kind not in kinds:
        yield (*path, "type"), f"{written(kind)} is not allowed", f"allowed: {', '.join(kinds)}"
        return
    wanted = target.get(_TARGETS[kind])
    if wanted is None:
        yield (*path, _TARGETS[kind]), "is missing", "add it"
    elif (amount(wanted) or 0) <= 0:
        yield (*path, _TARGETS[kind]), f"{written(wanted)} is not allowed", "allowed: an amount above 0"


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


def of_constraint(constraint: Any) -> Iterator[Complaint]:
    """An entry of `spread.constraints`."""
    wrong = list(refusals(constraint, "TopologySpreadConstraint"))
    yield from wrong or broken(constraint, _OF_CONSTRAINT)
    if wrong:
        return
    for key, name in OURS:
        if constraint["topologyKey"] == key:
            yield ("topologyKey",), f"every service is spread by {key} already", f"set spread.{name}, or choose another key"
    if constraint.get("minDomains") is not None and constraint["whenUnsatisfiable"] != "DoNotSchedule":
        yield ("minDomains",), "is for DoNotSchedule alone", "remove it, or set whenUnsatisfiable: DoNotSchedule"
