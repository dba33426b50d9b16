"""What the API server, or in the end the scheduler, refuses of tolerations and affinities, though each field of them is sound.

https://github.com/kubernetes/kubernetes/blob/v1.36.3/pkg/apis/core/validation/validation.go
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tierwright.config.problems import Complaint, Path
from tierwright.model.names import WHOLE_NUMBER
from tierwright.model.scheduling import Affinity, LabelSelector, NodeAffinity, NodeTerm, PodAffinity, PodTerm, Toleration
from tierwright.model.workload_values import Placement

_NUMBER = "a whole number in quotes, such as '3'"


def complaints(placement: Placement) -> Iterator[Complaint]:
    """Everything that is wrong with where pods may run."""
    for index, toleration in enumerate(placement.tolerations):
        yield from _of_toleration(("tolerations", index), toleration)
    yield from _of_affinity(("affinity",), placement.affinity)


def _of_toleration(path: Path, toleration: Toleration) -> Iterator[Complaint]:
    operator = toleration.operator or "Equal"
    if toleration.key is None and operator != "Exists":
        yield (
            path,
            f"no key is given, but the operator {operator} needs one",
            "name one, or write operator: Exists",
        )
    if operator == "Exists" and toleration.value:
        yield (*path, "value"), "the operator Exists takes no value", "remove it, or write operator: Equal"
    if operator in ("Lt", "Gt") and not _is_number(toleration.value):
        yield (*path, "value"), f"the operator {operator} compares numbers", f"allowed: {_NUMBER}"
    if toleration.toleration_seconds is not None and toleration.effect != "NoExecute":
        wrong = "only the effect NoExecute takes seconds"
        yield (*path, "tolerationSeconds"), wrong, "remove it, or write effect: NoExecute"


def _of_affinity(path: Path, affinity: Affinity) -> Iterator[Complaint]:
    if affinity.node_affinity is not None:
        yield from _of_nodes((*path, "nodeAffinity"), affinity.node_affinity)
    for key, towards in (("podAffinity", affinity.pod_affinity), ("podAntiAffinity", affinity.pod_anti_affinity)):
        if towards is not None:
            yield from _of_pods((*path, key), towards)


def _of_nodes(path: Path, nodes: NodeAffinity) -> Iterator[Complaint]:
    required = nodes.required_during_scheduling_ignored_during_execution
    if required is not None:
        terms: Path = (*path, "requiredDuringSchedulingIgnoredDuringExecution", "nodeSelectorTerms")
        for index, term in enumerate(required.node_selector_terms):
            yield from _of_node_term((*terms, index), term)
            if not term.match_expressions and not term.match_fields:
                yield (*terms, index), "an empty term is one that no node meets", "say what a node must be, or remove it"
    for index, preferred in enumerate(nodes.preferred_during_scheduling_ignored_during_execution or ()):
        yield from _of_node_term(
            (*path, "preferredDuringSchedulingIgnoredDuringExecution", index, "preference"), preferred.preference
        )


def _of_node_term(path: Path, term: NodeTerm) -> Iterator[Complaint]:
    for index, expression in enumerate(term.match_expressions or ()):
        here: Path = (*path, "matchExpressions", index)
        if expression.operator in ("Gt", "Lt"):
            if len(expression.values or ()) != 1 or not _is_number((expression.values or [""])[0]):
                yield (*here, "values"), f"the operator {expression.operator} takes one number", f"allowed: a list of {_NUMBER}"
        else:
            yield from of_values(here, expression.operator, expression.values)


def of_values(path: Path, operator: str, values: Sequence[str] | None) -> Iterator[Complaint]:
    """Whether an expression has values where its operator wants them; `path` is that of the expression."""
    path = (*path, "values")
    if operator in ("In", "NotIn") and not values:
        yield path, f"the operator {operator} needs values", "name one at least"
    elif operator in ("Exists", "DoesNotExist") and values:
        yield path, f"the operator {operator} takes no values", "remove them, or write operator: In"


def _of_pods(path: Path, pods: PodAffinity) -> Iterator[Complaint]:
    for index, term in enumerate(pods.required_during_scheduling_ignored_during_execution or ()):
        yield from _of_pod_term((*path, "requiredDuringSchedulingIgnoredDuringExecution", index), term)
    for index, preferred in enumerate(pods.preferred_during_scheduling_ignored_during_execution or ()):
        here: Path = (*path, "preferredDuringSchedulingIgnoredDuringExecution", index, "podAffinityTerm")
        yield from _of_pod_term(here, preferred.pod_affinity_term)


def _of_pod_term(path: Path, term: PodTerm) -> Iterator[Complaint]:
    for key, selector in (("labelSelector", term.label_selector), ("namespaceSelector", term.namespace_selector)):
        for index, expression in enumerate((selector.match_expressions if selector else None) or ()):
            yield from of_values((*path, key, "matchExpressions", index), expression.operator, expression.values)
    selected = _keys_of(term.label_selector)
    mismatched = term.mismatch_label_keys or []
    for key, names in (("matchLabelKeys", term.match_label_keys or []), ("mismatchLabelKeys", mismatched)):
        if names and term.label_selector is None:
            yield (*path, key), "there is no labelSelector that it could narrow", "write one, or remove it"
        for index, name in enumerate(names):
            if name in names[:index]:
                yield (*path, key, index), f"{name} is named twice", "name it once"
            elif key == "matchLabelKeys" and name in mismatched:
                yield (*path, key, index), f"{name} is in mismatchLabelKeys too", "keep one of the two"
            elif key == "matchLabelKeys" and name in selected:
                yield (*path, key, index), f"{name} is in the labelSelector too", "keep one of the two"


def _keys_of(selector: LabelSelector | None) -> set[str]:
    if selector is None:
        return set()
    return {*(selector.match_labels or ()), *(expression.key for expression in selector.match_expressions or ())}


def _is_number(text: str | None) -> bool:
    return text is not None and re.match(WHOLE_NUMBER, f"{text}") is not None  # an unsound one ends the rule here
