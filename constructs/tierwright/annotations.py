"""The types of the fields of config files, and what is said about them."""

from __future__ import annotations

import sys
import types
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

import msgspec

if TYPE_CHECKING:
    import ast


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


def structs_in(kind: Any) -> set[type[msgspec.Struct]]:
    """The structs that a type consists of, itself and those of its fields at any depth."""
    found: set[type[msgspec.Struct]] = set()
    left = [kind]
    while left:
        one = left.pop()
        if not (isinstance(one, type) and issubclass(one, msgspec.Struct)):
            left += get_args(one)
        elif one not in found:
            found.add(one)
            left += [field.type for field in fields_of(one)]
    return found


COMPOSED_OF = "__composed_of__"
"""The attribute of a struct that is written nowhere: the structs that its fields are from."""


@cache
def descriptions_of(kind: type[msgspec.Struct]) -> Mapping[str, str]:
    """What is said about the fields of a struct, by their names in Python: for each the text below it, as it is for constants.

    The texts are read from the source, so that runs which do not ask for them do not pay for them. `Annotated` with
    `msgspec.Meta` would cost 2 ms at every start.
    """
    found: dict[str, str] = {}
    for one in reversed(kind.__mro__):
        if COMPOSED_OF in vars(one):
            for source in vars(one)[COMPOSED_OF]:
                found |= descriptions_of(source)
        elif issubclass(one, msgspec.Struct) and one is not msgspec.Struct:
            found |= _below_fields(one.__module__).get(one.__qualname__, {})
    return found


@cache
def _below_fields(module: str) -> Mapping[str, Mapping[str, str]]:
    """The texts below the fields of the classes of a module, by the qualified name of the class. None where there is no source."""
    import ast
    import inspect

    try:
        source = inspect.getsource(sys.modules[module])
    except (OSError, TypeError):  # TypeError: it has no file, as in a notebook
        return {}
    return {name: dict(_texts(one)) for name, one in _classes(ast.parse(source).body)}


def _classes(body: list[ast.stmt], before: str = "") -> Iterator[tuple[str, ast.ClassDef]]:
    """The classes in the body of a module, class or function, at any depth, by their qualified names."""
    import ast

    for one in body:
        if isinstance(one, ast.ClassDef):
            yield f"{before}{one.name}", one
            yield from _classes(one.body, f"{before}{one.name}.")
        elif isinstance(one, ast.FunctionDef):
            yield from _classes(one.body, f"{before}{one.name}.<locals>.")


def _texts(one: ast.ClassDef) -> Iterator[tuple[str, str]]:
    import ast

    for field, text in pairwise(one.body):
        match field, text:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(words))):
                yield name, " ".join(words.split())


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
