"""Variables in a Compose file, as https://docs.docker.com/reference/compose-file/interpolation/ describes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_DOLLAR = re.compile(
    r"\$(?:(?P<escaped>\$)|(?P<named>[A-Za-z_]\w*)|\{(?P<braced>[A-Za-z_]\w*)(?:(?P<sign>:?[-?+])(?P<text>[^{}]*))?\}|)"
)


def interpolated(tree: Any, variables: Mapping[str, str]) -> Any:
    """A document with the variables of its texts replaced; keys stay. Raises ValueError for a variable that must be there."""
    if isinstance(tree, str):
        return _DOLLAR.sub(lambda found: _value(found, variables), tree)
    if isinstance(tree, list):
        return [interpolated(one, variables) for one in tree]
    if isinstance(tree, dict):
        return {key: interpolated(value, variables) for key, value in tree.items()}
    return tree


def names(tree: Any) -> set[str]:
    """The variables that the texts of a document read."""
    if isinstance(tree, str):
        return {one["named"] or one["braced"] for one in _DOLLAR.finditer(tree) if one["named"] or one["braced"]}
    below = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ()
    return {name for one in below for name in names(one)}


def _value(found: re.Match[str], variables: Mapping[str, str]) -> str:
    if found["escaped"]:
        return "$"
    name, sign = found["named"] or found["braced"], found["sign"] or "-"
    if not name:
        raise ValueError(f"invalid: {found.string}")
    value = variables.get(name)
    given = value is not None and (value != "" or sign[0] != ":")
    if sign[-1] == "?" and not given:
        raise ValueError(f"{name}: {found['text']}")
    if sign[-1] == "+":
        return interpolated(found["text"], variables) if given else ""
    return value if given and value is not None else interpolated(found["text"] or "", variables)
