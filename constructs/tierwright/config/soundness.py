"""Data of which a part is wrong. The rest can still be checked: all errors are reported at once and none follows from another.

UNSOUND is in the place of each wrong value. A rule that asks it for anything ends there.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import Any, NoReturn, TypeVar, Union, get_args, get_origin

import msgspec

from tierwright.annotations import bare, fields_of
from tierwright.config.problems import Path, similar_to

T = TypeVar("T")


class UnsoundError(Exception):
    """A rule has read a value that is wrong by itself."""


class Unsound:
    """A wrong value. Every operation on it raises UnsoundError, except `is UNSOUND`."""

    def _refuse(self, *_: object) -> NoReturn:
        raise UnsoundError

    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __hash__ = __bool__ = __len__ = _refuse
    __iter__ = __contains__ = __getitem__ = __getattr__ = __str__ = __format__ = __int__ = __index__ = _refuse
    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __or__ = __ror__ = __neg__ = _refuse


UNSOUND: Any = Unsound()


def until_unsound(rule: Iterable[T] | Callable[[], Iterable[T]]) -> Iterator[T]:
    """What a rule yields until it reads an unsound value. Or what a function gives, which may read one when it is called."""
    try:
        yield from rule() if callable(rule) else rule
    except UnsoundError:
        return


def numbered(items: Iterable[T]) -> Iterator[tuple[int, T]]:
    """The sound items of a list, each with its position; nothing for a list that is unsound itself."""
    return ((at, one) for at, one in enumerate(() if items is UNSOUND else items) if one is not UNSOUND)


def repeated(items: Iterable[T]) -> Iterator[tuple[int, T]]:
    """The sound items of a list that come again, each with its position."""
    seen: list[T] = []
    for at, one in numbered(items):
        if one in seen:
            yield at, one
        seen.append(one)


def salvaged(plain: Any, kind: Any) -> Any:
    """Plain data converted to `kind`, as by `msgspec.convert`, with UNSOUND for what does not fit, and without unknown keys."""
    try:
        return msgspec.convert(plain, kind)
    except msgspec.ValidationError:
        kind = _meant(bare(kind).kind, plain)
    origin = get_origin(kind) or kind
    if isinstance(plain, dict) and isinstance(origin, type) and issubclass(origin, msgspec.Struct):
        return _salvaged_struct(plain, origin)
    if isinstance(plain, dict) and plain and origin is dict:
        return {key: salvaged(value, get_args(kind)[1]) for key, value in plain.items()}
    if isinstance(plain, list) and origin is list and not _fits(plain, kind):
        return [salvaged(item, get_args(kind)[0]) for item in plain]
    return UNSOUND


def _salvaged_struct(plain: dict[str, Any], kind: type[msgspec.Struct]) -> Any:
    given = {}
    known = [field.encode_name for field in fields_of(kind)]
    meant = {similar_to(key, known) for key in plain if key not in known}  # perhaps, so nobody knows what is there
    for field in fields_of(kind):
        if field.encode_name in plain:
            given[field.name] = salvaged(plain[field.encode_name], field.type)
        elif field.required or field.encode_name in meant:
            given[field.name] = UNSOUND
    try:
        return kind(**given)
    except (ValueError, UnsoundError):  # of its own check
        return UNSOUND


def _fits(plain: Any, kind: Any) -> bool:
    """Whether the items are valid, so that it must be their number that is wrong."""
    try:
        msgspec.convert(plain, kind)
    except msgspec.ValidationError:
        return False
    return True


def _meant(kind: Any, plain: Any) -> Any:
    """A type; of several types, the one that this data is meant to be of."""
    if get_origin(kind) not in (Union, types.UnionType):
        return kind
    choices = [bare(one).kind for one in get_args(kind) if one is not types.NoneType]
    return next((one for one in choices if isinstance(plain, _written_as(one))), choices[0])


def _written_as(kind: Any) -> type | tuple[type, ...]:
    """What data of a type is as plain data."""
    origin = get_origin(kind) or kind
    if origin is dict or (isinstance(origin, type) and issubclass(origin, msgspec.Struct)):
        return dict
    return list if origin is list else (str, int, float)


def value_at(value: Any, path: Path) -> Any:
    """The value at a path of typed data; the path must exist. Raises UnsoundError where it is below an unsound value."""
    for step in path:
        value = getattr(value, _field_names(type(value))[str(step)]) if isinstance(value, msgspec.Struct) else value[step]
    return value


def with_value(value: Any, path: Path, other: object) -> Any:
    """The same typed data with another value at a path, which must exist."""
    if not path:
        return other
    first, *rest = path
    if not isinstance(value, msgspec.Struct):
        return {**value, first: with_value(value[first], tuple(rest), other)}
    name = _field_names(type(value))[str(first)]
    return msgspec.structs.replace(value, **{name: with_value(getattr(value, name), tuple(rest), other)})


@cache
def _field_names(kind: type[msgspec.Struct]) -> dict[str, str]:
    """The names of a struct's fields, by the keys of the file."""
    return {field.encode_name: field.name for field in fields_of(kind)}


def tainted(value: Any, path: Path) -> Any:
    """The same data with UNSOUND at `path`; unchanged where the data can have nothing there."""
    if value is UNSOUND or not path:
        return UNSOUND
    first, *rest = path
    if isinstance(value, msgspec.Struct):
        name = _field_names(type(value)).get(str(first))
        if name is None:
            return value
        return msgspec.structs.replace(value, **{name: tainted(getattr(value, name), tuple(rest))})
    if isinstance(value, dict):
        return {**value, first: tainted(value.get(first, UNSOUND), tuple(rest))}
    if isinstance(value, list) and isinstance(first, int) and first < len(value):
        return [*value[:first], tainted(value[first], tuple(rest)), *value[first + 1 :]]
    return UNSOUND


def plain(value: Any) -> Any:
    """Typed data as plain data, as `msgspec.to_builtins` gives it, with UNSOUND where it is."""
    try:
        return msgspec.to_builtins(value)
    except TypeError:  # there is UNSOUND in it
        pass
    if isinstance(value, msgspec.Struct):
        fields = fields_of(type(value))
        given = {one.encode_name: getattr(value, one.name) for one in fields}
        bare = type(value).__struct_config__.omit_defaults
        return {key: plain(one) for key, one in given.items() if not (bare and one is None)}
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if isinstance(value, list) else value
