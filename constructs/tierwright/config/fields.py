"""Where in typed data values of a type are, found by the types alone: a new field of the type is found without a word more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Annotated, Any, get_args, get_origin

import msgspec

from tierwright.config.problems import Path
from tierwright.config.soundness import UNSOUND, value_at

Wanted = Callable[[Any], bool]
"""Whether a field's type, as it is written there, is one that is looked for."""

_EACH = "*"
"""In place of the keys of a map, which only the data have. No key of the files is it."""


def paths_of(data: msgspec.Struct, wanted: Wanted) -> Iterator[Path]:
    """The path of each value in `data` whose field has a wanted type; none below a value that is wrong itself."""
    for path in _paths(type(data), wanted):
        yield from _with_keys(data, path)


def pattern_of(kind: Any) -> str:
    """The pattern of a text's type; empty where it has none."""
    told = getattr(kind, "__metadata__", ())
    return next((one.pattern for one in told if getattr(one, "pattern", None)), "")


def bare(kind: Any) -> Any:
    """A type without what is said about it."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    return kind


@cache
def _paths(kind: Any, wanted: Wanted) -> tuple[tuple[str, ...], ...]:
    kind = bare(kind)
    if wanted(kind):
        return ((),)
    if get_origin(kind) is dict:
        return tuple((_EACH, *path) for path in _paths(get_args(kind)[1], wanted))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        fields = msgspec.structs.fields(kind)
        return tuple((one.encode_name, *path) for one in fields for path in _paths(one.type, wanted))
    return ()


def _with_keys(data: Any, path: tuple[str, ...]) -> Iterator[Path]:
    """A path for each key of the maps on its way."""
    if _EACH not in path:
        yield path
        return
    at = path.index(_EACH)
    entries = value_at(data, path[:at])
    for key in () if entries is UNSOUND else entries:
        for rest in _with_keys(entries[key], path[at + 1 :]):
            yield (*path[:at], key, *rest)
