"""A schema whose parts are written once: Helm checks and compiles it at every run, each part at the same cost, patterns at more."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import msgspec

from tierwright.model import names
from tierwright.model.names import parts, portable, size_of

Schema = dict[str, Any]
Change = Callable[[Any, str], Any]

_REFERENCE = "#/definitions/"
_IN_MAPS = ("properties", "patternProperties", "definitions")
_ALONE = ("items", "additionalProperties", "propertyNames", "not")
_IN_LISTS = ("allOf", "anyOf")
_OF_TEXTS = {"pattern", "minLength", "maxLength", "allOf"}
"""What a pattern becomes: it says nothing of other types, and bears no relation to what is beside it."""


def written_once(schema: Schema) -> Schema:
    """The same schema; patterns, and what occurs in several places, are in its `definitions`.

    What a place says beyond that is its description. Validators ignore it beside a `$ref`, and editors show it.
    """
    return _without_detours(_parts_once(_patterns_once(schema)))


def _mapped(schema: Schema, change: Change) -> Schema:
    """A schema with each schema in it changed; the second argument is what it is called there."""
    changed = dict(schema)
    for key, value in schema.items():
        if key in _IN_MAPS:
            changed[key] = {name: change(one, name) for name, one in value.items()}
        elif key in _ALONE:
            changed[key] = change(value, key)
        elif key in _IN_LISTS:
            changed[key] = [change(one, key) for one in value]
    return changed


def _defined(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    return {**schema, "definitions": {**schema.get("definitions", {}), **definitions}}


def _patterns_once(schema: Schema) -> Schema:
    used: dict[str, Schema] = {}
    known = {portable(pattern): (name, pattern) for pattern, name in names.patterns()}

    def change(tree: Any, key: str) -> Any:
        if not isinstance(tree, dict):
            return tree
        changed = _mapped(tree, change)
        if "pattern" not in tree:
            return changed
        name, written = known[changed.pop("pattern")]
        used.update(_matching(name, written))
        reference = {"$ref": f"{_REFERENCE}{name}"}
        # The name of an entry is always a text.
        return reference if key == "propertyNames" else {**changed, "allOf": [reference]}

    whole = change(schema, "")
    return _defined(whole, used)


def _matching(name: str, pattern: str) -> dict[str, Schema]:
    """The definition of the texts that match a pattern. One that counts characters is costly, so their number is said in words."""
    *lengths, shape = [{"pattern": portable(part)} for part in parts(pattern)]
    size = size_of(pattern)
    if size:
        return {name: {"minLength": size[0], "maxLength": size[1], **shape}}
    if not lengths:
        return {name: shape}
    return {"group": lengths[0], name: {"allOf": [{"$ref": f"{_REFERENCE}group"}, shape]}}


def _parts_once(schema: Schema) -> Schema:
    """The same schema; what occurs in several places, apart from its descriptions, is a definition."""
    written: Counter[bytes] = Counter()
    definitions: dict[str, Schema] = {}
    names_of: dict[bytes, str] = {}

    def count(tree: Any, _: str) -> Any:
        if isinstance(tree, dict):
            written[_text(tree)] += 1
            _mapped(tree, count)
        return tree

    def change(tree: Any, key: str) -> Any:
        if not isinstance(tree, dict):
            return tree
        text = _text(tree)
        if written[text] < 2 or not any(key in tree for key in (*_IN_MAPS, *_ALONE, *_IN_LISTS)):
            return _mapped(tree, change)
        if text not in names_of:
            names_of[text] = f"{key if re.fullmatch('[A-Za-z]+', key) else 'part'}-{len(names_of)}"
            definitions[names_of[text]] = _mapped({name: one for name, one in tree.items() if name != "description"}, change)
        said = {"description": tree["description"]} if "description" in tree else {}
        return {**said, "$ref": f"{_REFERENCE}{names_of[text]}"}

    _mapped(schema, count)
    return _defined(_mapped(schema, change), definitions)


def _text(tree: Schema) -> bytes:
    """What a schema says, its own description apart."""
    return msgspec.json.encode({key: value for key, value in tree.items() if key != "description"}, order="sorted")


def _without_detours(schema: Schema) -> Schema:
    """The same schema; a definition that one place alone refers to is written there."""
    while True:
        used = Counter(_references(schema))
        single = {name: one for name, one in schema["definitions"].items() if used[name] == 1}
        if not single:
            return schema
        rest = {name: one for name, one in schema["definitions"].items() if name not in single}
        schema = _mapped({**schema, "definitions": rest}, partial(_direct, single))


def _direct(single: Mapping[str, Schema], tree: Any, _: str) -> Any:
    if not isinstance(tree, dict):
        return tree
    name = tree.get("$ref", "").removeprefix(_REFERENCE)
    if name in single:
        return _direct(single, {**single[name], **{key: value for key, value in tree.items() if key != "$ref"}}, "")
    direct = _mapped(tree, partial(_direct, single))
    if len(direct.get("allOf", ())) == 1 and direct["allOf"][0].keys() <= _OF_TEXTS:
        direct |= direct.pop("allOf")[0]
    return direct


def _references(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        if isinstance(tree.get("$ref"), str):
            yield tree["$ref"].removeprefix(_REFERENCE)
        tree = list(tree.values())
    for one in tree if isinstance(tree, list) else ():
        yield from _references(one)
