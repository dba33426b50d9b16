"""The values as a reference: every entry with its description and what is allowed, from the types."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, get_args, get_origin

import msgspec

from tierwright.model.names import IN_WORDS


class Entry(msgspec.Struct, frozen=True):
    """An entry of a map of the values. `entries` are those of a map with fixed keys; any other value is set as one."""

    key: str
    description: str
    allowed: str
    entries: tuple[Entry, ...] = ()

    def leaves(self, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Entry]]:
        """Every entry that has no entries of its own, with its path."""
        path = (*above, self.key)
        if not self.entries:
            yield path, self
        for entry in self.entries:
            yield from entry.leaves(path)


@cache
def reference(kind: type[msgspec.Struct]) -> tuple[Entry, ...]:
    """The entries of a struct of the values, in the order of its fields."""
    return tuple(_entry(field) for field in msgspec.structs.fields(kind))


def _entry(field: msgspec.structs.FieldInfo) -> Entry:
    kind, metas = field.type, []
    while hasattr(kind, "__metadata__"):
        metas += kind.__metadata__
        kind = kind.__origin__
    description = next((one.description for one in metas if one.description), "")
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        description = description or (inspect.getdoc(kind) or "").split("\n", maxsplit=1)[0]
        if not getattr(kind, "__given_whole__", False):
            return Entry(field.encode_name, description, "", reference(kind))
    return Entry(field.encode_name, description, _allowed(kind, metas))


def _allowed(kind: Any, metas: list[msgspec.Meta]) -> str:
    """The values that a type permits, in words."""
    origin = get_origin(kind) or kind
    if origin is Literal:
        return ", ".join(f"`{word}`" for word in get_args(kind))
    pattern = next((one.pattern for one in metas if one.pattern), None)
    if pattern:
        return IN_WORDS[pattern]
    if kind is int:
        bounds = [next((value for one in metas if (value := getattr(one, bound)) is not None), None) for bound in ("ge", "le")]
        return f"a whole number from {bounds[0]} to {bounds[1]}"
    return _KINDS.get(origin, "a mapping")


_KINDS = {bool: "true or false", str: "text", list: "a list"}
