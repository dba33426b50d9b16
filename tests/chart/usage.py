"""Which values the manifests of a blueprint use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from tierwright.blueprint import Blueprint
from tierwright.expressions.expression import AllValues, Expression, Field, TraceError
from tierwright.expressions.tokens import Token, is_marked, pieces
from tierwright.model.reference import reference
from tierwright.model.values import values_type

Path = tuple[str, ...]

ELSEWHERE = frozenset(
    {
        ("namespace", "name"),
        ("postgres", "reservedConnections"),
        ("postgres", "external", "tls"),
        ("extraObjects",),
        ("services",),
        ("enabled",),
        ("global",),
    }
)
"""The release has its own namespace; of a rule alone, twice; given whole, laid over the defaults, twice of others."""


def require_all_used(blueprint: Blueprint) -> None:
    """Raises TraceError for a value that no manifest uses: it was lost on the way, or says nothing."""
    used = {path for one in blueprint.declared for path in _paths([one.manifest, one.condition])}
    used |= {("defaults", *path[2:]) for path in used if path[0] == "services"}
    for entry in reference(values_type(blueprint.parts)):
        for path, _ in entry.leaves():
            if path not in ELSEWHERE and not any(path[: len(one)] == one or one[: len(path)] == path for one in used):
                raise TraceError(f"no manifest uses the value {'.'.join(path)}: its token was lost, or nothing reads it")


def _paths(tree: Any) -> Iterator[Path]:
    if isinstance(tree, Field) and _is_rooted(tree):
        yield _path(tree)
    elif isinstance(tree, str):
        if is_marked(tree):
            yield from (path for piece in pieces(tree) if not isinstance(piece, str) for path in _paths(piece))
    elif isinstance(tree, Token):
        yield from _paths(tree.expression)
    elif isinstance(tree, Mapping):
        yield from (path for one in tree.values() for path in _paths(one))
    elif isinstance(tree, (list, tuple)):
        yield from (path for one in tree for path in _paths(one))
    elif isinstance(tree, msgspec.Struct):
        yield from (path for name in tree.__struct_fields__ for path in _paths(getattr(tree, name)))


def _path(entry: Field) -> Path:
    return (*_path(entry.of), entry.key) if isinstance(entry.of, Field) else (entry.key,)


def _is_rooted(entry: Field) -> bool:
    of: Expression = entry
    while isinstance(of, Field):
        of = of.of
    return isinstance(of, AllValues)
