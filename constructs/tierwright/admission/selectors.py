"""What a selector selects; https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Object = Mapping[str, Any]


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
