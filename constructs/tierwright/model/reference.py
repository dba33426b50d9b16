"""The values as a reference: every entry with its description and what is allowed, from the types."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from functools import cache
from typing import Any, Literal, get_args, get_origin

import msgspec

from tierwright.annotations import Bare, bare, descriptions_of, fields_of
from tierwright.model.names import IN_WORDS


class Entry(msgspec.Struct, frozen=True):
    """An entry of a map of the values. `entries` are those of a map with fixed keys; any other value is set as one.

    `each` are the entries of each value of a map whose own keys are free.
    """

    key: str
    description: str
    allowed: str
    entries: tuple[Entry, ...] = ()
    each: tuple[Entry, ...] = ()

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
    return tuple(_entry(field, descriptions_of(kind).get(field.name, "")) for field in fields_of(kind))


def _entry(field: msgspec.structs.FieldInfo, description: str) -> Entry:
    bare_type = bare(field.type)
    kind, description = bare_type.kind, description or bare_type.said("description") or ""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        description = description or (inspect.getdoc(kind) or "").split("\n", maxsplit=1)[0]
        if not getattr(kind, "__given_whole__", False):
            return Entry(field.encode_name, description, "", reference(kind))
    return Entry(field.encode_name, description, _allowed(bare_type), each=_each(kind))


def _each(kind: Any) -> tuple[Entry, ...]:
    """The entries of the values of a map with free keys."""
    of = bare(get_args(kind)[1]).kind if get_origin(kind) is dict else None
    return reference(of) if isinstance(of, type) and issubclass(of, msgspec.Struct) else ()


def _allowed(bare_type: Bare) -> str:
    """The values that a type permits, in words."""
    kind = bare_type.kind
    origin = get_origin(kind) or kind
    if origin is Literal:
        return ", ".join(f"`{word}`" for word in get_args(kind))
    if pattern := bare_type.said("pattern"):
        return IN_WORDS[pattern]
    if kind is int:
        return f"a whole number from {bare_type.said('ge')} to {bare_type.said('le')}"
    return _KINDS.get(origin, "a mapping")


_KINDS = {bool: "true or false", str: "text", list: "a list"}
