"""Disruption budgets: no pod has two, or nobody may evict it and its node is never drained.

https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/registry/core/pod/storage/eviction.go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tierwright.admission.containers import Pods
from tierwright.admission.operated import Operated
from tierwright.admission.selectors import selects
from tierwright.blueprint import Evaluated
from tierwright.components.extra_objects import position
from tierwright.config.problems import Complaint
from tierwright.kit.cluster_scoped import group_of


def shared_pods(objects: Sequence[Evaluated], pods: Sequence[Pods], operated: Sequence[Operated]) -> Iterator[Complaint]:
    """Errors for budgets of the user's own over pods that another one has; the platform's own have pods of their own."""
    budgets = sorted(filter(_is_budget, objects), key=lambda budget: position(budget) is not None)
    members = [one.pods for one in operated]
    owners = {f"{of.kind} {of.name}": "of its operator" for of in members}
    for budget in budgets:
        name, place = budget.manifest["metadata"]["name"], position(budget)
        selector = (budget.manifest.get("spec") or {}).get("selector")
        theirs = [f"{of.kind} {of.name}" for of in (*pods, *members) if selector is not None and selects(selector, of.labels)]
        if place is None:
            owners |= dict.fromkeys(theirs, name)  # an operator makes none where the platform does
        elif taken := [of for of in theirs if of in owners]:
            yield (
                ("extraObjects", place, "spec", "selector"),
                f"the pods of {taken[0]} have the budget {owners[taken[0]]} already, and Kubernetes evicts no pod that has two",
                "select others, or keep one of the two",
            )
        owners = dict.fromkeys(theirs, name) | owners


def _is_budget(evaluated: Evaluated) -> bool:
    return (group_of(evaluated.api_version), evaluated.kind) == ("policy", "PodDisruptionBudget")
