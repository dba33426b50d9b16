"""What the API server refuses of pods and workloads although each field has the right type."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tierwright.admission.clashes import of_time_zone
from tierwright.admission.container_rules import container_rules, of_amounts, of_named_ports, of_probes
from tierwright.admission.field_rules import EACH, FieldRule, below, broken, matching, one_of, places
from tierwright.admission.ports import port_rules, repeated, repeated_ports
from tierwright.admission.selectors import meets, of_annotations, of_expression, of_labels
from tierwright.admission.volumes import of_claim
from tierwright.config.problems import Complaint, Path, written
from tierwright.model import names
from tierwright.model.schedule import fault

Object = Mapping[str, Any]

_ALWAYS, _ENDING = ("Always",), ("OnFailure", "Never")
_LONGEST_CRON_JOB = 52
"""The most characters of a CronJob's name: its Jobs get eleven more."""

_CONTAINERS = (("spec", "initContainers", EACH), ("spec", "containers", EACH))
_PORTS = ("ports", EACH)
_OF_POD = tuple(
    rule
    for where in _CONTAINERS
    for rule in (
        matching(where, "name", names.NAMESPACE_NAME),
        *container_rules(where),
        *port_rules((*where, *_PORTS), "containerPort", names.PORT_NAME),
    )
)


_STRATEGIES = {
    "Deployment": (("strategy",), ("RollingUpdate", "Recreate")),
    "StatefulSet": (("updateStrategy",), ("RollingUpdate", "OnDelete")),
    "DaemonSet": (("updateStrategy",), ("RollingUpdate", "OnDelete")),
}
_NUMBERS = ("maxSurge", "maxUnavailable", "minAvailable")
_PERCENT = re.compile("[0-9]+%")


def _is_some(number: int | str) -> bool:
    """Whether it is a number of pods, or a share of them, as rollouts and budgets take it."""
    return number >= 0 if isinstance(number, int) else _PERCENT.fullmatch(number) is not None


def _some_rules(*where: str) -> tuple[FieldRule, ...]:
    return tuple(FieldRule(where, key, _is_some, "a whole number from 0, or a share such as 25%") for key in _NUMBERS)


_REPLICAS = FieldRule((), "replicas", lambda number: number >= 0, "a whole number from 0")
_OF_BUDGET = (
    *_some_rules("spec"),
    one_of(("spec",), "unhealthyPodEvictionPolicy", ("IfHealthyBudget", "AlwaysAllow")),
)
_OF_CRON_JOB = (one_of(("spec",), "concurrencyPolicy", ("Allow", "Forbid", "Replace"), or_empty=True),)


def of_pod(pod: Object) -> Iterator[Complaint]:
    """A Pod."""
    yield from _of_pod((), pod, (*_ALWAYS, *_ENDING))


def of_workload(workload: Object) -> Iterator[Complaint]:
    """A workload whose pods keep running: its selector must find the labels of its template."""
    spec = workload.get("spec")
    if not spec:
        yield ("spec",), "is missing", "add it"
        return
    template = spec.get("template") or {}
    labels = (template.get("metadata") or {}).get("labels") or {}
    yield from _of_selector(("spec", "selector"), spec.get("selector") or {}, labels)
    where, known = _STRATEGIES.get(workload["kind"], ((), ()))
    if known:
        rules = (_REPLICAS, one_of(where, "type", known, or_empty=True), *_some_rules(*where, "rollingUpdate"))
        yield from below(("spec",), broken(spec, rules))
    for index, claim in enumerate(spec.get("volumeClaimTemplates") or ()):
        yield from below(("spec", "volumeClaimTemplates", index), of_claim(claim))
    strategy = spec.get("strategy") or {}
    if strategy.get("type") == "Recreate" and strategy.get("rollingUpdate") is not None:
        yield ("spec", "strategy", "rollingUpdate"), "is not allowed beside the type Recreate", "remove one of the two"
    yield from _of_pod(("spec", "template"), template, _ALWAYS)


def of_budget(budget: Object) -> Iterator[Complaint]:
    """A PodDisruptionBudget."""
    spec = budget.get("spec") or {}
    if spec.get("minAvailable") is not None and spec.get("maxUnavailable") is not None:
        yield ("spec", "maxUnavailable"), "is set beside minAvailable", "keep one of the two"
    yield from broken(budget, _OF_BUDGET)


def of_job(job: Object) -> Iterator[Complaint]:
    """A Job."""
    yield from _of_job((), job)


def of_cron_job(cron_job: Object) -> Iterator[Complaint]:
    """A CronJob."""
    name, spec = cron_job["metadata"]["name"], cron_job.get("spec")
    if len(name) > _LONGEST_CRON_JOB:
        yield ("metadata", "name"), f"{written(name)} has {len(name)} characters", f"allowed: {_LONGEST_CRON_JOB}"
    if not spec:
        yield ("spec",), "is missing", "add it"
        return
    yield from broken(cron_job, _OF_CRON_JOB)
    if wrong := fault(spec["schedule"]):
        yield ("spec", "schedule"), *wrong
    if spec.get("timeZone") and (wrong := of_time_zone(spec["timeZone"])):
        yield ("spec", "timeZone"), *wrong
    yield from _of_job(("spec", "jobTemplate"), spec["jobTemplate"] or {})


def _of_job(path: Path, job: Object) -> Iterator[Complaint]:
    if not job.get("spec"):
        yield (*path, "spec"), "is missing", "add it"
    else:
        yield from _of_pod((*path, "spec", "template"), job["spec"]["template"] or {}, _ENDING)


def _of_selector(path: Path, selector: Object, labels: Object) -> Iterator[Complaint]:
    """The selector is not empty, and matches the template's labels."""
    wanted, expressions = selector.get("matchLabels") or {}, list(places(selector, ("matchExpressions", EACH), path))
    if not wanted and not expressions:
        yield path, "is empty", "name labels of the template"
    for key, value in wanted.items():
        if key not in labels or (labels[key] or "") != (value or ""):
            wrong = f"the template has no label {key}: {value or ''}".rstrip()
            yield (*path, "matchLabels", key), wrong, "add it to spec.template.metadata.labels"
    for here, expression in expressions:
        if not (any(of_expression(here, expression)) or meets(labels, expression)):
            yield here, "the labels of the template do not meet it", "change spec.template.metadata.labels"


def _of_pod(path: Path, pod: Object, restarts: tuple[str, ...]) -> Iterator[Complaint]:
    """A pod or pod template; `restarts` are its permitted restart policies."""
    if path:  # the labels of a Pod are those of an object
        for key, of_them in (("labels", of_labels), ("annotations", of_annotations)):
            yield from of_them((*path, "metadata", key), (pod.get("metadata") or {}).get(key))
    spec = pod.get("spec")
    if not spec:
        yield (*path, "spec"), "is missing", "add it"
        return
    policy = spec.get("restartPolicy")
    if (policy or "Always") not in restarts:
        wrong = f"{written(policy)} is not allowed" if policy else "is missing, and Always is not allowed"
        yield (*path, "spec", "restartPolicy"), wrong, f"allowed: {', '.join(restarts)}"
    if not spec["containers"]:
        yield (*path, "spec", "containers"), "there is none", "add one"
    yield from below(path, broken(pod, _OF_POD))
    containers = [place for where in _CONTAINERS for place in places(pod, where, path)]
    yield from repeated(containers, "name")
    yield from of_probes(containers)
    yield from of_named_ports(containers)
    yield from of_amounts(containers)
    for here, container in containers:
        yield from repeated_ports(places(container, _PORTS, here), "containerPort")
