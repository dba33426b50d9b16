"""Which values the manifests of a blueprint use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tierwright.blueprint import Blueprint
from tierwright.expressions.expression import AllValues, Argument, Field, TraceError
from tierwright.expressions.tokens import Token, is_marked, pieces
from tierwright.expressions.tree import Include
from tierwright.model.reference import reference
from tierwright.model.values import values_type

Path = tuple[str, ...]

ELSEWHERE = frozenset(
    {
        ("namespace", "name"),
        ("postgres", "reservedConnections"),
        ("postgres", "external", "readsHost"),
        ("extraObjects",),
        ("services",),
        ("enabled",),
        ("global",),
    }
)
"""The release has its own namespace; of a rule; of services that read; given whole, laid over the defaults, twice of others."""


def require_all_used(blueprint: Blueprint) -> None:
    """Raises TraceError for a value that no manifest uses: it was lost on the way, or says nothing."""
    used = {path for one in blueprint.declared for path in _paths([one.manifest, one.condition])}
    used |= {("defaults", *path[2:]) for path in used if path[0] == "services"}
    for entry in reference(values_type(blueprint.parts)):
        for path, _ in entry.leaves():
            if path not in ELSEWHERE and not any(path[: len(one)] == one or one[: len(path)] == path for one in used):
                raise TraceError(f"no manifest uses the value {'.'.join(path)}: its token was lost, or nothing reads it")


def _paths(tree: Any, arguments: Mapping[str, Path | None] = {}) -> Iterator[Path]:
    """The paths of the values in a tree; `arguments` are those of the named template that it is the body of."""
    path = _path(tree, arguments)
    if path is not None:
        yield path
    elif isinstance(tree, Include):
        given = {name: _path(value, arguments) for name, value in tree.arguments}
        yield from _paths([value for name, value in tree.arguments if given[name] is None], arguments)
        yield from _paths(tree.template.body, given)
    elif isinstance(tree, str):
        if is_marked(tree):
            yield from (path for piece in pieces(tree) if not isinstance(piece, str) for path in _paths(piece, arguments))
    elif isinstance(tree, Token):
        yield from _paths(tree.expression, arguments)
    elif isinstance(tree, Mapping):
        yield from (path for one in tree.values() for path in _paths(one, arguments))
    elif isinstance(tree, (list, tuple)):
        yield from (path for one in tree for path in _paths(one, arguments))
    elif isinstance(tree, msgspec.Struct):
        yield from (path for name in tree.__struct_fields__ for path in _paths(getattr(tree, name), arguments))


def _path(tree: Any, arguments: Mapping[str, Path | None]) -> Path | None:
    """The path of the one value that a tree is; None where it is none."""
    if isinstance(tree, Argument):
        return arguments.get(tree.name)
    if isinstance(tree, Field):
        above = () if isinstance(tree.of, AllValues) else _path(tree.of, arguments)
        return None if above is None else (*above, tree.key)
    return None
