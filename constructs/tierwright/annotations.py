"""The types of the fields of config files, and what is said about them."""

from __future__ import annotations

import types
from functools import cache
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec


class Bare(msgspec.Struct, frozen=True):
    """A type without what is said about it: `metas`, outermost first. `optional`: None may take the place of a value of it."""

    kind: Any
    metas: tuple[msgspec.Meta, ...] = ()
    optional: bool = False

    def said(self, constraint: str) -> Any:
        """What is said about it, by the name in `msgspec.Meta`: pattern, description, ge, le; None where nothing is."""
        return next((value for one in self.metas if (value := getattr(one, constraint)) is not None), None)


@cache
def fields_of(kind: type[msgspec.Struct]) -> tuple[msgspec.structs.FieldInfo, ...]:
    """The fields of a struct. msgspec reads the annotations again each time that it is asked for them."""
    return msgspec.structs.fields(kind)


def bare(kind: Any) -> Bare:
    """A type as it is written at a field, without its annotations and without None."""
    metas: tuple[msgspec.Meta, ...] = ()
    optional = False
    while not isinstance(kind, type):
        origin, others = get_origin(kind), ()
        if origin is Annotated:
            metas += kind.__metadata__[::-1]
            kind = kind.__origin__
            continue
        if origin is Union or origin is types.UnionType:
            others = tuple(one for one in get_args(kind) if one is not types.NoneType)
        if len(others) != 1:
            break
        kind, optional = others[0], True
    return Bare(kind, metas, optional)
