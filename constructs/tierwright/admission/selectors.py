"""Labels and what a selector selects; https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from tierwright.admission.field_rules import EACH, places
from tierwright.config.problems import Complaint, Path, written
from tierwright.model import names
from tierwright.model.names import IN_WORDS
from tierwright.model.scheduling_rules import of_values

Object = Mapping[str, Any]

_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
_KEYS = frozenset({"selector", "podSelector", "namespaceSelector", "labelSelector"})
_PARTS = frozenset({"matchLabels", "matchExpressions"})


def selects(selector: Object, labels: Object) -> bool:
    """Whether it selects what has these labels; an empty one selects everything."""
    wanted: Object = selector.get("matchLabels") or {}
    alike = all(key in labels and (labels[key] or "") == (value or "") for key, value in wanted.items())
    return alike and all(meets(labels, expression) for expression in selector.get("matchExpressions") or ())


def meets(labels: Object, expression: Object) -> bool:
    """Whether labels meet an expression of a selector, none if its operator is unknown."""
    has, values = expression["key"] in labels, expression.get("values") or ()
    among = has and (labels[expression["key"]] or "") in [value or "" for value in values]
    operators = {"In": among, "NotIn": not among, "Exists": has, "DoesNotExist": not has}
    return operators.get(expression["operator"], False)


def of_labels(path: Path, labels: Object | None) -> Iterator[Complaint]:
    """Labels that there cannot be."""
    for key, value in (labels or {}).items():
        if re.match(names.LABEL_NAME, key) is None:
            yield (*path, key), "the key is not allowed", f"allowed: {IN_WORDS[names.LABEL_NAME]}"
        elif re.match(names.LABEL_VALUE, value or "") is None:
            yield (*path, key), f"{written(value)} is not allowed", f"allowed: {IN_WORDS[names.LABEL_VALUE]}"


def of_annotations(path: Path, annotations: Object | None) -> Iterator[Complaint]:
    """Annotations whose names there cannot be."""
    for key in annotations or ():
        if re.match(names.LABEL_NAME, key.lower()) is None:
            yield (*path, key), "the key is not allowed", f"allowed: {IN_WORDS[names.LABEL_NAME]}"


def of_selectors(piece: Any, path: Path = ()) -> Iterator[Complaint]:
    """What is wrong with the selectors in an object, or in a part of one."""
    if isinstance(piece, list):
        for index, item in enumerate(piece):
            yield from of_selectors(item, (*path, index))
    elif isinstance(piece, Mapping):
        for key, value in piece.items():
            if key in _KEYS and isinstance(value, Mapping) and value and _PARTS.issuperset(value):
                yield from _of_selector((*path, key), value)
            else:
                yield from of_selectors(value, (*path, key))


def _of_selector(path: Path, selector: Object) -> Iterator[Complaint]:
    yield from of_labels((*path, "matchLabels"), selector.get("matchLabels"))
    for here, expression in places(selector, ("matchExpressions", EACH), path):
        yield from of_expression(here, expression)


def of_expression(path: Path, expression: Object) -> Iterator[Complaint]:
    """What is wrong with one of the expressions of a selector, which is at `path`."""
    operator = expression["operator"]
    if re.match(names.LABEL_NAME, expression["key"]) is None:
        yield (*path, "key"), f"{written(expression['key'])} is not allowed", f"allowed: {IN_WORDS[names.LABEL_NAME]}"
    if operator not in _OPERATORS:
        yield (*path, "operator"), f"{written(operator)} is not allowed", f"allowed: {', '.join(_OPERATORS)}"
    else:
        yield from of_values(path, operator, expression.get("values"))
    for index, value in enumerate(expression.get("values") or ()):
        if re.match(names.LABEL_VALUE, value) is None:
            yield (*path, "values", index), f"{written(value)} is not allowed", f"allowed: {IN_WORDS[names.LABEL_VALUE]}"
