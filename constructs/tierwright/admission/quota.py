"""The namespace's ResourceQuotas against what they count: the requests and limits of all pods, and the number of objects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec

from tierwright.admission.containers import Defaults, Object, Pods, Side, as_amount
from tierwright.admission.counting import counted
from tierwright.admission.operated import Operated
from tierwright.blueprint import Evaluated
from tierwright.components.extra_objects import position
from tierwright.config.problems import Complaint, Path
from tierwright.model.names import EXTENDED_RESOURCE, IN_WORDS, QUOTA_NAME
from tierwright.model.quantities import as_bytes, quantity

_LARGEST = 2**63 - 1

_ENFORCED = ("cpu", "memory")
"""The resources that every container must set once a quota counts them."""


class QuotaRules(msgspec.Struct, frozen=True):
    """The rules of one ResourceQuota; `path` is the path of its `hard`, `defaults` are those of the LimitRanges."""

    spec: Object
    path: Path
    defaults: Defaults

    def complaints(self, objects: Sequence[Evaluated], pods: Sequence[Pods], operated: Sequence[Operated]) -> Iterator[Complaint]:
        """Everything that is wrong."""
        within = _within(self.spec, pods, self.defaults)
        if within is None:
            return
        there = counted(objects, pods, operated) if within is pods else counted((), within)
        others = [members.pods for members in operated] if within is pods else []
        for name, hard in ((name, str(hard or 0)) for name, hard in (self.spec.get("hard") or {}).items()):
            path = (*self.path, name)
            computed = _computed(name)
            if re.match(QUOTA_NAME, name) is None:
                yield path, "the key is not allowed", f"allowed: {IN_WORDS[QUOTA_NAME]}"
            elif quantity(hard) > _LARGEST:
                yield path, f"{hard} is more than 64 bits can count", "write a smaller one"
            elif quantity(hard) < 0:
                yield path, f"{hard} is less than nothing", "write 0, or more"
            elif computed is None and not _is_size(name) and quantity(hard) % 1:
                yield path, f"{hard} is no whole number", "write one, such as '20'"
            elif computed is not None:
                yield from self._of_pods(path, hard, *computed, pods=within, operated=others)
            elif there[name] > quantity(hard):
                needed = as_bytes(Decimal(there[name])) if _is_size(name) else f"{there[name]}"
                yield path, f"everything at its largest takes {needed}, but {hard} is allowed", f"allow {needed} at least"

    def _of_pods(
        self, path: Path, hard: str, side: Side, resource: str, *, pods: Sequence[Pods], operated: Sequence[Pods]
    ) -> Iterator[Complaint]:
        """A resource of containers. Those of operators must set it too, but nobody here knows how much they take together."""
        silent = self.defaults.silent((*pods, *operated), side, resource, given=True) if resource in _ENFORCED else ""
        if silent:
            key = "defaultRequests" if side == "requests" else "defaultLimits"
            wrong = f"{silent} has no {resource} {side[:-1]}, so no pod of it is ever made"
            yield path, wrong, f"set one for every container, such as in namespace.limitRange.{key}.{resource}"
            return
        total = sum((of.largest * self.defaults.total(of, side, resource) for of in pods), Decimal(0))
        if total > quantity(hard):
            needed, does = as_amount(resource, total), "ask for" if side == "requests" else "may use"
            wrong = f"all pods at their largest, rollouts counted, {does} {needed}, but {hard} is allowed"
            yield path, wrong, f"allow {needed} at least, or lower what they {does}"


def quotas_of(objects: Sequence[Evaluated], defaults: Defaults) -> Iterator[QuotaRules]:
    """The rules of every ResourceQuota, the platform's own and the user's."""
    for evaluated in objects:
        if (evaluated.kind, evaluated.api_version) == ("ResourceQuota", "v1"):
            place = position(evaluated)
            path: Path = ("namespace", "quota", "hard") if place is None else ("extraObjects", place, "spec", "hard")
            yield QuotaRules(evaluated.manifest.get("spec") or {}, path, defaults)


def _computed(name: str) -> tuple[Side, str] | None:
    """Whether a name of a quota is about requests or limits, and of which resource; None for other names."""
    side, _, resource = name.rpartition(".")
    if resource in ("cpu", "memory", "ephemeral-storage") and side in ("", "requests", "limits"):
        return ("limits" if side == "limits" else "requests"), resource
    device = name.removeprefix("requests.")
    return ("requests", device) if device != name and re.match(EXTENDED_RESOURCE, device) else None


def _is_size(name: str) -> bool:
    """Whether a quota counts bytes and not objects."""
    return name.endswith("requests.storage") or "hugepages-" in name


def _within(spec: Object, pods: Sequence[Pods], defaults: Defaults) -> Sequence[Pods] | None:
    """The pods in the scopes of a quota: all without a scope, None where a scope cannot be evaluated."""
    scopes = [{"scopeName": name} for name in spec.get("scopes") or ()]
    scopes += (spec.get("scopeSelector") or {}).get("matchExpressions") or ()
    if any(scope["scopeName"] not in _SCOPES for scope in scopes):
        return None
    return [of for of in pods if all(_is_in(scope, of, defaults) for scope in scopes)] if scopes else pods


_SCOPES = ("Terminating", "NotTerminating", "BestEffort", "NotBestEffort", "PriorityClass")


def _is_in(scope: Mapping[str, Any], of: Pods, defaults: Defaults) -> bool:
    """https://kubernetes.io/docs/concepts/policy/resource-quotas/#quota-scopes."""
    name: str = scope["scopeName"]
    operator = scope.get("operator") or "Exists"
    if name == "PriorityClass":
        priority_class = of.spec.get("priorityClassName")
        named = priority_class in (scope.get("values") or ()) if operator in ("In", "NotIn") else bool(priority_class)
        return named == (operator in ("In", "Exists"))
    if name.endswith("Terminating"):
        ends = of.spec.get("activeDeadlineSeconds") is not None
        return ends == (name == "Terminating")
    sides: tuple[Side, ...] = ("requests", "limits")
    amounts = (
        defaults.amount(container, side, resource) for container in of.containers() for side in sides for resource in _ENFORCED
    )
    return any(quantity(amount or "0") for amount in amounts) == (name == "NotBestEffort")
