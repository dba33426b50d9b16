"""The places in typed data that have values of a given type. They follow from the types, so those of a new field do too."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, get_args, get_origin

import msgspec

from tierwright.annotations import bare, fields_of
from tierwright.config.problems import Path
from tierwright.config.soundness import UNSOUND, until_unsound, value_at

Named = Callable[[Any], str]
"""What a field's type, as it is written there, is called among those that are looked for; empty where it is none of them."""

_EACH = "*"
"""In place of the keys of a map, which only the data have. No key of the files is it."""


def paths_of(data: msgspec.Struct, named: Named) -> Iterator[tuple[Path, str]]:
    """The path of each value in `data` whose field has a type with a name, with that name.

    None is below a value that is wrong itself, or that is None.
    """
    for path, optional, name in _paths(type(data), named):
        for found in until_unsound(_with_keys(data, path)):
            if not optional or _is_there(data, found):
                yield found, name


@cache
def _paths(kind: Any, named: Named) -> tuple[tuple[tuple[str, ...], bool, str], ...]:
    """The paths in a type, each with whether there may be None on it, and with the name of the type there."""
    bare_type = bare(kind)
    kind, optional = bare_type.kind, bare_type.optional
    steps: Iterable[tuple[str, Any]] = ()
    if name := named(kind):
        return (((), optional, name),)
    if get_origin(kind) is dict:
        steps = [(_EACH, get_args(kind)[1])]
    elif isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        steps = [(one.encode_name, one.type) for one in fields_of(kind)]
    return tuple(((step, *path), optional or below, name) for step, inner in steps for path, below, name in _paths(inner, named))


def _is_there(data: Any, path: Path) -> bool:
    """Whether there is no None on the way."""
    return all(one is not None for one in until_unsound(value_at(data, path[:length]) for length in range(len(path) + 1)))


def _with_keys(data: Any, path: tuple[str, ...]) -> Iterator[Path]:
    """A path for each key of the maps on its way."""
    if _EACH not in path:
        yield path
        return
    at = path.index(_EACH)
    entries = value_at(data, path[:at])
    for key in () if entries is UNSOUND or entries is None else entries:
        for rest in _with_keys(entries[key], path[at + 1 :]):
            yield (*path[:at], key, *rest)
