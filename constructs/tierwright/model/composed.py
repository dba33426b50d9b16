"""Entries of config files, and types composed of what every platform has and what its components add."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from tierwright.annotations import COMPOSED_OF, fields_of


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, rename="camel"):
    """An entry of a config file: camelCase there, snake_case here; unknown keys are errors."""


def composed(
    base: type[msgspec.Struct],
    added: Mapping[str, tuple[Any, ...]],
    *,
    before: Mapping[str, str] | None = None,
    changed: Mapping[str, tuple[Any, ...]] | None = None,
    constants: Mapping[str, Any] | None = None,
    called: str = "",
    described_by: Iterable[type[msgspec.Struct]] = (),
) -> type[Any]:
    """A struct with the fields and methods of `base`, and the added fields.

    `added` has key in the file, type and perhaps default, by the name in Python. `before` has, by the same name, the key of the
    field before which an added one comes; without it that comes at the end. `changed` has type and perhaps default of those
    fields of `base` that have others here; what is said about them stays. `constants` are attributes of the type, which is called
    as `base` is unless `called` says otherwise. `described_by` are the structs that say what added fields of the same name are.
    """
    changed = changed or {}
    fields: list[tuple[str, Any, Any]] = []
    for field in fields_of(base):
        kind, default = field.type, {"default": field.default, "default_factory": field.default_factory}
        given = {key: value for key, value in default.items() if value is not msgspec.NODEFAULT}
        if field.name in changed:
            kind, given = changed[field.name][0], _default(changed[field.name][1:]) or given
        fields.append((field.name, kind, msgspec.field(name=field.encode_name, **given)))
    for name, (key, kind, *rest) in added.items():
        next_key = (before or {}).get(name)
        position = next((index for index, (*_, known) in enumerate(fields) if known.name == next_key), len(fields))
        fields.insert(position, (name, kind, msgspec.field(name=key, **_default(rest))))
    own = {key: value for key, value in vars(base).items() if isinstance(value, property) or callable(value)}
    methods = {key: value for key, value in own.items() if not key.startswith("_")}
    return msgspec.defstruct(
        called or base.__name__,
        fields,
        bases=(Entry,),
        namespace={**methods, **(constants or {}), "__doc__": base.__doc__, COMPOSED_OF: (base, *described_by)},
        module=base.__module__,
        frozen=True,
        kw_only=True,
        forbid_unknown_fields=True,
    )


def _default(given: Any) -> dict[str, Any]:
    return {"default": given[0]} if given else {}
