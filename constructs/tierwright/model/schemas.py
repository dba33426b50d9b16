"""JSON Schemas (draft-07, which older Helm reads too), made from the types of the catalogue and the values."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from tierwright.model import names
from tierwright.model.catalogue import catalogue_type
from tierwright.model.names import parts, portable, size_of
from tierwright.model.part import DataServiceKind, Part
from tierwright.model.values import values_type

Parts = tuple[Part, ...]

Schema = dict[str, Any]

SHARED = ("Affinity", "Toleration")

DRAFT = "http://json-schema.org/draft-07/schema#"


def catalogue_schema(components: tuple[Part | DataServiceKind, ...]) -> Schema:
    """The schema of the catalogues whose platforms can have these components."""
    return _schema(catalogue_type(components), "A platform: what it consists of and how it connects")


def values_schema(of: Parts) -> Schema:
    """The schema of the values of a platform with these components, every overlay laid over them."""
    schema = _schema(values_type(of), "How the platform is run")
    services = schema["properties"]["services"]
    services["additionalProperties"] = _partial(services["additionalProperties"], nullable=False)
    return schema


def overlay_schema(of: Parts) -> Schema:
    """The schema of one overlay: nothing is required, and null takes a value away."""
    return {
        "$schema": DRAFT,
        **_partial(_optional_or_null(values_schema(of)) | {"title": "What differs from the defaults"}, nullable=True),
        "type": "object",
    }


def chart_schema(of: Parts) -> Schema:
    """The schema of the values of a chart of a platform with these components.

    It is for what Helm sees: every default is there, and null has taken some away. Where there is no default Helm leaves the
    null, which the chart takes out itself. The namespace is the release's. What differs for a service is laid over the defaults
    by the chart, so null stays there. Which services there are is added for each platform.
    """
    schema: Schema = _optional_or_null(_schema(values_type(of), "How the platform is run"))
    services = schema["properties"]["services"]
    services["additionalProperties"] = _or_null(_partial(services["additionalProperties"], nullable=True))
    namespace = schema["properties"]["namespace"]
    namespace["required"] = [key for key in namespace["required"] if key not in ("name", "create")]
    return _patterns_once(_objects_once(schema))


SCHEMAS: Mapping[str, Callable[[Any], Schema]] = {
    "catalogue": catalogue_schema,
    "values": values_schema,
    "overlay": overlay_schema,
}
"""The schemas for editors, by the names of their files; the program itself reads no file."""


def _objects_once(schema: Schema) -> Schema:
    """The same schema; objects that occur in several places are written once, in its `definitions`.

    Helm reads, checks and compiles the schema at every run.
    """
    large = schema.get("definitions", {})
    written = Counter(_objects_in([schema["properties"], large]))
    definitions: dict[str, Any] = {}
    names_of: dict[str, str] = {}

    def shared(tree: Any, key: str) -> Any:
        if isinstance(tree, list):
            return [shared(one, key) for one in tree]
        if not isinstance(tree, dict):
            return tree
        inner = {name: shared(one, name if key == "properties" or isinstance(one, dict) else key) for name, one in tree.items()}
        text = json.dumps(tree, sort_keys=True)
        if written[text] < 2:
            return inner
        if text not in names_of:
            names_of[text] = f"{key}-{len(names_of)}"
            definitions[names_of[text]] = inner
        return {"$ref": f"#/definitions/{names_of[text]}"}

    properties = {name: shared(one, name) for name, one in schema["properties"].items()}
    inside = {name: {key: shared(part, key) for key, part in one.items()} for name, one in large.items()}
    return {**schema, "properties": properties, "definitions": {**inside, **definitions}}


def _objects_in(tree: Any) -> Iterator[str]:
    """Every object with properties in a schema, as text."""
    for one in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _objects_in(one)
    if isinstance(tree, dict) and isinstance(tree.get("properties"), dict):
        yield json.dumps(tree, sort_keys=True)


def _patterns_once(schema: Schema) -> Schema:
    """The same schema, with each pattern once, in its `definitions`: Helm compiles them at every run."""
    used: dict[str, Schema] = {}
    known = {portable(pattern): (name, pattern) for pattern, name in names.patterns()}

    def shared(tree: Any) -> Any:
        if isinstance(tree, list):
            return [shared(one) for one in tree]
        if not isinstance(tree, dict):
            return tree
        rest = {key: shared(one) for key, one in tree.items() if key != "pattern"}
        pattern = tree.get("pattern")
        if not isinstance(pattern, str):
            return rest | ({} if pattern is None else {"pattern": shared(pattern)})
        name, written = known[pattern]
        used[name] = _matching(written)
        return {**rest, "allOf": [{"$ref": f"#/definitions/{name}"}]}

    whole: Schema = shared(schema)
    return {**whole, "definitions": {**whole.get("definitions", {}), **used}}


def _matching(pattern: str) -> Schema:
    """The texts that match a pattern. A pattern that counts up to 253 characters is costly, so their number is said in words."""
    *lengths, shape = [{"pattern": portable(part)} for part in parts(pattern)]
    size = size_of(pattern)
    if size:
        return {"minLength": size[0], "maxLength": size[1], **shape}
    return {"allOf": [*lengths, shape]} if lengths else shape


def _schema(kind: type, title: str) -> Schema:
    """The schema of a type; large types that it uses in many places are written once, in its `definitions`."""
    _, definitions = msgspec.json.schema_components([kind], ref_template="{name}")
    schema = {"$schema": DRAFT, **_inlined(definitions[kind.__name__], definitions), "title": title}
    shared = {name: _inlined(definitions[name], definitions) for name in SHARED if name in definitions}
    return schema | ({"definitions": shared} if shared else {})


def _inlined(schema: Any, definitions: dict[str, Any]) -> Any:
    """Replace references by what they refer to: in draft-07 a `$ref` would hide the description beside it.

    An optional entry loses its `null`: what is null has been taken away before anything is validated. What may be of several
    types keeps its `anyOf`.
    """
    if isinstance(schema, list):
        return [_inlined(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"]
        own = {key: value for key, value in schema.items() if key != "$ref"}
        if name in SHARED:
            return {"type": "object", "allOf": [{"$ref": f"#/definitions/{name}"}], **own}
        return _inlined({**definitions[name], **own}, definitions)
    if "anyOf" in schema:
        return _one_of(schema, definitions)
    inlined = {key: _inlined(value, definitions) for key, value in schema.items()}
    if isinstance(inlined.get("pattern"), str):
        inlined["pattern"] = portable(inlined["pattern"])
    if isinstance(inlined.get("title"), str):
        del inlined["title"]  # the name of a Python class
    if "patternProperties" in inlined:  # all names that there are; msgspec would take any
        inlined["additionalProperties"] = False
    if "propertyNames" in inlined:
        inlined["propertyNames"].setdefault("type", "string")
    return inlined


def _one_of(schema: Schema, definitions: dict[str, Any]) -> Any:
    choices = [one for one in schema["anyOf"] if one != {"type": "null"}]
    own = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    if len(choices) > 1:
        return {"anyOf": [_inlined(one, definitions) for one in choices], **own}
    return _inlined({**choices[0], **own}, definitions)


def _partial(schema: Any, *, nullable: bool) -> Any:
    """The same schema with nothing required; with `nullable`, null allowed for every entry of a mapping.

    Items stay as they are, because lists replace; so do the definitions, which describe what users set as one value. Without
    `nullable`, entries of mappings whose keys are free stay too: all of each is needed.
    """
    if isinstance(schema, list):
        return [_partial(item, nullable=nullable) for item in schema]
    if not isinstance(schema, dict):
        return schema
    whole = ("items", "definitions") if nullable else ("items", "definitions", "additionalProperties")
    partial = {
        key: value if key in whole else _partial(value, nullable=nullable)
        for key, value in schema.items()
        if key not in ("required", "default")
    }
    if nullable and isinstance(schema.get("properties"), dict):
        partial["properties"] = {name: _or_null(entry) for name, entry in partial["properties"].items()}
    if nullable and "patternProperties" in partial:
        partial["patternProperties"] = {name: _or_null(entry) for name, entry in partial["patternProperties"].items()}
    if nullable and isinstance(partial.get("additionalProperties"), dict):
        partial["additionalProperties"] = _or_null(partial["additionalProperties"])
    return partial


def _optional_or_null(schema: Any) -> Any:
    """The same schema with null allowed for whatever may be absent."""
    if isinstance(schema, list):
        return [_optional_or_null(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: _optional_or_null(value) for key, value in schema.items()}
    if isinstance(schema.get("properties"), dict):
        optional = schema["properties"].keys() - set(schema.get("required", ()))
        found["properties"] |= {name: _or_null(found["properties"][name]) for name in found["properties"] if name in optional}
    if "patternProperties" in found:
        found["patternProperties"] = {name: _or_null(entry) for name, entry in found["patternProperties"].items()}
    if isinstance(found.get("additionalProperties"), dict):
        found["additionalProperties"] = _or_null(found["additionalProperties"])
    return found


def _or_null(schema: Schema) -> Schema:
    if _takes_null(schema):
        return schema
    if "enum" in schema:
        return {**schema, "enum": [*schema["enum"], None]}
    if "allOf" in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    return {**schema, "type": [schema["type"], "null"]}


def _takes_null(schema: Schema) -> bool:
    return None in schema.get("enum", ()) or "null" in schema.get("type", ()) or "anyOf" in schema or not schema
